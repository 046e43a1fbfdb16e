"""Instants, waiting times and lengths of film as people read them, and as machines do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.planner import Range

_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def span(seconds: float) -> str:
    """A waiting time by its two largest units: `45 s`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def span_range(seconds: Range[float]) -> str:
    """A range in the unit its longer end wants: `40–60 s`, `44–66 min`, `2.3–4.3 h`."""
    for below, unit, word, digits in (
        (2 * _MINUTE, 1, "s", 0),
        (2 * _HOUR, _MINUTE, "min", 0),
        (2 * _DAY, _HOUR, "h", 1),
        (float("inf"), _DAY, "d", 1),
    ):
        if seconds.high < below:
            low, high = f"{seconds.low / unit:.{digits}f}", f"{seconds.high / unit:.{digits}f}"
            return f"{high} {word}" if low == high else f"{low}–{high} {word}"
    raise AssertionError("every number is below infinity")


def film(seconds: Decimal | None) -> str:
    """A length of film: `0:45`; `?` while it is not known."""
    if seconds is None:
        return "?"
    whole = int(seconds.to_integral_value(ROUND_FLOOR))
    return f"{whole // 60}:{whole % 60:02d}"


def film_range(seconds: Range[Decimal] | None) -> str:
    """A range of lengths: `1:00–1:05`."""
    if seconds is None:
        return "?"
    low, high = film(seconds.low), film(seconds.high)
    return low if low == high else f"{low}–{high}"


def local(at: datetime) -> str:
    """Local time with its offset: `2026-11-01 13:00:05 +01:00`."""
    there = at.astimezone()
    return f"{there:%Y-%m-%d %H:%M:%S} {offset(there)}"


def day(at: datetime) -> str:
    """The local day."""
    return f"{at.astimezone():%Y-%m-%d}"


def hour(at: datetime) -> str:
    """The local time of day: `13:00:05`."""
    return f"{at.astimezone():%H:%M:%S}"


def offset(at: datetime) -> str:
    """The offset from UTC: `+01:00`."""
    shown = f"{at:%z}"
    return f"{shown[:3]}:{shown[3:5]}"


def rfc3339(at: datetime) -> str:
    """For machines: `2026-11-01T12:00:05.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

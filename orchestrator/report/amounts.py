"""Calls, units and money as people read them; what nobody knows is said so, and never shown as 0."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.budget import Spent
    from orchestrator.planner import Bill

UNKNOWN = "?"


def number(value: Decimal) -> str:
    """Without trailing zeros or exponents: `2`, `3.5`."""
    return format(value.normalize(), "f")


def money(value: Decimal, currency: str | None) -> str:
    """With its currency and two digits at least: `CNY 24.00`."""
    digits = (
        value.quantize(Decimal("0.01")) if value == value.quantize(Decimal("0.01")) else value.normalize()
    )
    return f"{currency} {digits:f}" if currency else f"{digits:f}"


def plural(count: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def bills(low: Bill, high: Bill, currency: str | None, *, brief: bool = False) -> str:
    """A range of bills: `11–14 calls · 22 units · CNY 22.00`, cost left out if `brief` and unknown."""
    calls = _between(str(low.calls), str(high.calls))
    parts = [f"{calls} call" if calls == "1" else f"{calls} calls"]
    if high.calls == 0:
        return parts[0]
    if high.units is None or low.units is None:
        parts.append("units unknown")
    else:
        parts.append(f"{_between(number(low.units), number(high.units))} units")
    if high.cost is None or low.cost is None:
        parts += [] if brief else ["cost unknown"]
    else:
        least, most = money(low.cost, None), money(high.cost, None)
        parts.append(f"{currency} {_between(least, most)}" if currency else f"cost {_between(least, most)}")
    return " · ".join(parts)


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low}–{high}"


def spent_text(spent: Spent, currency: str | None) -> str:
    """A sum: `12 calls · 24 units · CNY 24.00`, and how many amounts are missing in it."""
    parts = [plural(spent.calls, "call")]
    if spent.calls == 0:
        return parts[0]
    for known, unknown, word in (
        (f"{number(spent.units)} units", spent.unknown_units, "units"),
        (money(spent.cost, currency or "cost"), spent.unknown_cost, "cost"),
    ):
        if unknown == 0:
            parts.append(known)
        elif unknown >= spent.calls:
            parts.append(f"{word} unknown")
        else:
            parts.append(f"{known} and {plural(unknown, 'call')} of unknown {word}")
    return " · ".join(parts)

"""Chapters: the named parts of a film, read from one, or laid out along the pieces of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av.container.core import Chapter as Written

    from orchestrator.media.libav import Film

_MILLISECOND: Final = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named part of a film, in seconds."""

    title: str
    begins: Decimal
    ends: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a chapter begins, in seconds of the film it is taken from."""

    title: str
    at: Decimal


@dataclass(frozen=True, slots=True)
class Piece:
    """A film from `since` seconds on to its end, or to `until`, and the chapters that begin in it."""

    path: Path
    since: Decimal = Decimal(0)
    marks: tuple[Mark, ...] = ()
    until: Decimal | None = None


def chapters_of(film: Film) -> tuple[Chapter, ...]:
    """The chapters a film has, in its order."""
    return tuple(
        Chapter(
            each.get("metadata", {}).get("title", ""),
            in_milliseconds(each["start"] * each["time_base"]),
            in_milliseconds(each["end"] * each["time_base"]),
        )
        for each in film.container.chapters()
        if each["time_base"]
    )


def spread(
    lengths: Sequence[Fraction], fade: Fraction = Fraction(0)
) -> tuple[tuple[Fraction, Fraction], ...]:
    """When each piece begins and ends in the joined film; each overlaps the one before it by `fade`."""
    begin = Fraction(0)
    found = []
    for length in lengths:
        found.append((begin, begin + length))
        begin += length - fade
    return tuple(found)


def laid_out(
    pieces: Sequence[Piece], lengths: Sequence[Fraction], fade: Fraction = Fraction(0)
) -> tuple[Chapter, ...]:
    """The chapters of the joined film, in order and without gaps; none is empty.

    Where two pieces fade into one another, the second one's chapter begins with its first picture.
    """
    begins: list[tuple[str, Fraction]] = []
    times = spread(lengths, fade)
    ends = [*(begin for begin, _ in times[1:]), times[-1][1]]
    for piece, (begin, _), end in zip(pieces, times, ends, strict=True):
        for mark in piece.marks:
            at = begin + Fraction(mark.at) - Fraction(piece.since)
            begins.append((mark.title, min(max(at, begin), end)))
    return tuple(
        Chapter(title, in_milliseconds(start), in_milliseconds(end))
        for (title, start), (_, end) in pairwise((*begins, ("", ends[-1])))
        if end - start >= _MILLISECOND
    )


def written(chapters: Sequence[Chapter]) -> list[Written]:
    """The chapters as a container takes them."""
    return [
        {
            "id": number,
            "start": int(each.begins * 1000),
            "end": int(each.ends * 1000),
            "time_base": _MILLISECOND,
            "metadata": {"title": each.title},
        }
        for number, each in enumerate(chapters)
    ]


def in_milliseconds(exact: Fraction) -> Decimal:
    """Seconds, rounded to the millisecond."""
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.001"))

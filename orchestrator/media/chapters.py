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
    """A film from `since` seconds on to its end, and the chapters that begin in it."""

    path: Path
    since: Decimal = Decimal(0)
    marks: tuple[Mark, ...] = ()


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


def laid_out(pieces: Sequence[Piece], lengths: Sequence[Fraction]) -> tuple[Chapter, ...]:
    """The chapters of the joined film, in order and without gaps; none is empty."""
    begins: list[tuple[str, Fraction]] = []
    begin = Fraction(0)
    for piece, length in zip(pieces, lengths, strict=True):
        for mark in piece.marks:
            within = min(max(Fraction(mark.at) - Fraction(piece.since), Fraction(0)), length)
            begins.append((mark.title, begin + within))
        begin += length
    return tuple(
        Chapter(title, in_milliseconds(start), in_milliseconds(end))
        for (title, start), (_, end) in pairwise((*begins, ("", begin)))
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

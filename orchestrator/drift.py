"""How far the look of a film has moved from that of its source, as numbers; pure.

Extending lets a look wander: a little more colour with every step, more contrast, less detail. Each of the
four is a ratio to the source, told as its binary logarithm: 0 is the same look, 1 is twice as much and -1
half as much, 0.35 is 27 % more and -0.35 is 22 % less. A film's drift is the largest of the four, whatever
its sign. What a prompt asks for counts like what nobody asked for: the number sees no reasons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Look:
    """What pictures look like, between 0 and 1.

    `brightness` is the mean of luma, `contrast` its mean distance from the median, `saturation` the root mean
    square of chroma, `sharpness` the share of fine detail in all detail.
    """

    brightness: float
    contrast: float
    saturation: float
    sharpness: float


_FLOORS = Look(brightness=16 / 255, contrast=6 / 255, saturation=6 / 255, sharpness=0.02)
"""Added to both sides of each ratio: what cannot be seen, such as the noise of black, does not count."""

_EXACT = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Drift:
    """The look of new seconds against the source's, as binary logarithms of ratios.

    `seam` is how unlike the two pictures at the join are, beyond what neighbours are anyway: at 0 nothing is
    to be seen, at 1 they are as unlike as two that have nothing to do with one another. It is no part of
    `amount`.
    """

    brightness: Decimal
    contrast: Decimal
    saturation: Decimal
    sharpness: Decimal
    seam: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """The drift: the largest of the four."""
        return max(abs(value) for value in self.parts.values())

    @property
    def parts(self) -> dict[str, Decimal]:
        """The four by their names."""
        return {each.name: getattr(self, each.name) for each in fields(Look)}

    @property
    def largest(self) -> str:
        """The name of the one that the amount is of."""
        return max(self.parts, key=lambda name: abs(self.parts[name]))


def drift(source: Look, segment: Look, seam: float | None = None) -> Drift:
    """How far the segment's look is from the source's."""
    logarithms = {
        each.name: _exact(
            math.log2(
                (getattr(segment, each.name) + getattr(_FLOORS, each.name))
                / (getattr(source, each.name) + getattr(_FLOORS, each.name))
            )
        )
        for each in fields(Look)
    }
    return Drift(**logarithms, seam=None if seam is None else _exact(seam))


def percent(logarithm: Decimal) -> int:
    """The same as a change in percent: 0.35 is 27, -0.35 is -22."""
    return round((math.exp2(float(logarithm)) - 1) * 100)


def unlikeness(apart: float, unrelated: float, usual: float) -> float:
    """How a join looks: mean differences of its two pictures, of unrelated ones, of usual neighbours."""
    return max(0.0, apart - usual) / max(unrelated - usual, _LEAST)


_LEAST = 2.0
"""Steps of 255: pictures without any contrast are never unrelated."""


def if_unrelated(one: Sequence[int], other: Sequence[int]) -> float:
    """The mean difference of two pictures whose points have nothing to do with one another.

    Given are how many points have each brightness, in both; neither picture is empty.
    """
    mine, theirs = _shares(one), _shares(other)
    return sum(a * (1 - b) + b * (1 - a) for a, b in zip(mine, theirs, strict=True))


def _shares(counts: Sequence[int]) -> list[float]:
    """The share of points that are at most this bright, for each brightness."""
    whole, below, found = sum(counts), 0, []
    for count in counts:
        below += count
        found.append(below / whole)
    return found


def _exact(value: float) -> Decimal:
    return Decimal(value).quantize(_EXACT) + 0  # no negative zero

"""When to ask for a task next: a pure function of its age and of how long such tasks took before."""

from __future__ import annotations

import math
from dataclasses import dataclass

from orchestrator.plan import Kind

Seconds = tuple[float, ...]
"""How long tasks of one sort took, oldest first."""

USUAL = {Kind.EXTEND: 320.0, Kind.TEXT: 319.0, Kind.IMAGE: 164.0}
"""Mean seconds of a task of each kind (protocol page, §6), before this account's history tells better."""

_SPREAD = 0.3
"""Coefficient of variation of a task's time before history tells better (protocol page, §6)."""
_FIRST, _GAP = 1.8, 0.103
"""Where the questions begin, in sigmas before the median, and their density; see tests/test_watching.py."""

_LOOKS = 0.02
"""Time between two looks at the list of tasks, in times of a task."""

RECENT = 200
"""So many of the newest task times of one sort are what the next one is expected from."""

_MOST = 256
"""So many expectations are kept."""


def remembered(times: Seconds, newest: float) -> Seconds:
    """The newest task times, oldest first, with one more; a task that took no time teaches nothing."""
    return (*times[1 - RECENT :], newest) if newest > 0 else times


@dataclass(frozen=True, slots=True)
class Expectation:
    """How long such tasks take, in seconds, as a lognormal: its mean, and sigma of the logarithm."""

    mean: float
    sigma: float

    @property
    def suspect(self) -> float:
        """Age in seconds at which a task that still runs is for a person to look at."""
        return max(7200.0, 6 * self.mean)

    @property
    def late(self) -> float:
        """Age in seconds that one such task in forty reaches."""
        return math.exp(_location(self) + 2 * self.sigma)


_worked_out: dict[tuple[int, float], tuple[Seconds, Expectation]] = {}
"""By which tuple it is, and not by what is in it: to hash two hundred numbers takes ten times as long."""


def expectation(times: Seconds, usual: float) -> Expectation:
    """From the newest task times seen on this account; `usual` seconds until there are some.

    The spread that is usual counts as one more deviation that was seen: a short run of equal times does
    not make certain. How much the next one may differ is how much the others did, and how wrong the mean
    of so few may be.
    """
    found = _worked_out.get((id(times), usual))
    if found is None or found[0] is not times:
        if len(_worked_out) >= _MOST:
            _worked_out.clear()
        found = _worked_out[id(times), usual] = times, _expectation(times, usual)
    return found[1]


def _expectation(times: Seconds, usual: float) -> Expectation:
    count, known = len(times), math.log1p(_SPREAD**2)
    if not count:
        return Expectation(usual, math.sqrt(2 * known))
    logs = list(map(math.log, times))
    middle = math.fsum(logs) / count
    deviations = math.dist(logs, [middle] * count) ** 2
    variance = (deviations + known) / (count + 1) * (1 + 1 / count)
    return Expectation(math.exp(middle + deviations / count / 2), math.sqrt(variance))


def next_question(age: float, expected: Expectation, floor: float) -> float:
    """Seconds until it is worth asking again for a task of this age, at least `floor`.

    Gaps follow one over the square root of the hazard: for a given number of questions that makes
    the mean delay of noticing least. Nothing is asked before one such task in thirty has ended.
    """
    location = _location(expected)
    earliest = math.exp(location - _FIRST * expected.sigma)
    if age < earliest:
        return max(floor, earliest - age)
    gap = _GAP * math.sqrt(expected.mean * expected.sigma / _hazard(age, location, expected.sigma))
    return max(floor, min(gap, expected.mean / 4))


def look_gap(expected: Expectation, floor: float) -> float:
    """Seconds between two looks at a list that answers for all tasks at once, at least `floor`.

    One that ends is noticed after half of them: a hundredth of the time such tasks take.
    """
    return max(floor, _LOOKS * expected.mean)


def _location(expected: Expectation) -> float:
    """The mean of the logarithm."""
    return math.log(expected.mean) - expected.sigma**2 / 2


def _hazard(age: float, location: float, sigma: float) -> float:
    """How likely such a task is to end in the next second, given that it still runs at this age."""
    z = (math.log(age) - location) / sigma
    survival = 0.5 * math.erfc(z / math.sqrt(2))
    if survival < 1e-6:
        return z / (sigma * age)  # the tail, where the quotient below loses its digits
    density = math.exp(-z * z / 2) / (age * sigma * math.sqrt(2 * math.pi))
    return density / survival

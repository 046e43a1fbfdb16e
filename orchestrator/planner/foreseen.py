"""What a plan would still do, cost and take, as values with a least and a most; unknown is never 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from orchestrator.budget import Spent
from orchestrator.plan import Limits, Plan
from orchestrator.planner.actions import Place
from orchestrator.planner.views import ChainView

N = TypeVar("N", int, float, Decimal)

_FREE: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Range(Generic[N]):
    """From the least to the most, both included."""

    low: N
    high: N

    def plus(self, other: Range[N]) -> Range[N]:
        """Both together."""
        return Range(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Bill:
    """What so many calls come to; None where nobody knows, never for no calls at all."""

    calls: int = 0
    units: Decimal | None = Decimal(0)
    cost: Decimal | None = Decimal(0)

    def plus(self, other: Bill) -> Bill:
        """Both together; what is unknown in one is unknown in the sum."""
        return Bill(self.calls + other.calls, _sum(self.units, other.units), _sum(self.cost, other.cost))

    def least(self, other: Bill) -> Bill:
        """The smaller amount of each; what is unknown in one is unknown."""
        units, cost = _one_of(min, self.units, other.units), _one_of(min, self.cost, other.cost)
        return Bill(min(self.calls, other.calls), units, cost)

    def most(self, other: Bill) -> Bill:
        """The larger amount of each; what is unknown in one is unknown."""
        units, cost = _one_of(max, self.units, other.units), _one_of(max, self.cost, other.cost)
        return Bill(max(self.calls, other.calls), units, cost)

    def times(self, count: int) -> Bill:
        """The bill of so many such calls."""
        if count == 0:
            return Bill()
        units = None if self.units is None else self.units * count
        return Bill(self.calls * count, units, None if self.cost is None else self.cost * count)


NONE, NO_CALLS = Range(0, 0), Bill()
"""Nothing: what every sum begins with."""


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _one_of(
    choose: Callable[[Decimal, Decimal], Decimal], one: Decimal | None, other: Decimal | None
) -> Decimal | None:
    return None if one is None or other is None else choose(one, other)


class Fate(StrEnum):
    """What becomes of a step as it is written, over all its takes and repetitions."""

    REUSED = "reused"
    RUNNING = "running"
    NEW = "new"
    LATER = "later"
    SHARED = "shared"
    BLOCKED = "blocked"
    LEFT = "left over"


@dataclass(frozen=True, slots=True)
class StepForecast:
    """One step as written: what exists of it, what is to be called for, and why.

    `times` is how often it is repeated in the finished chain. `low` and `high` are what this run would
    call for; `after` are further calls once a person has picked or approved. `most` is `high` with every
    attempt and fallback used up and paid. `frames` is how many of the finished chain's repetitions go on
    from a last frame.
    """

    place: Place
    prompt: str | None
    takes: int
    made: int
    running: int
    shared: int
    times: Range[int]
    low: Bill
    high: Bill
    most: Bill
    after: Range[int]
    fate: Fate
    because: str
    frames: Range[int] = NONE


@dataclass(frozen=True, slots=True)
class ChainForecast:
    """One chain: its steps, its length at the end, what it calls for, and the seconds it takes alone.

    `length` is None while the length of its source is not known. `gate` says which word of a person
    the calls counted in `after` wait for.
    """

    view: ChainView
    steps: tuple[StepForecast, ...]
    length: Range[Decimal] | None
    seconds: Range[float]
    gate: str | None

    @property
    def name(self) -> str:
        """The chain's name."""
        return self.view.chain.name

    @property
    def low(self) -> Bill:
        """The least it calls for."""
        return total(step.low for step in self.steps)

    @property
    def high(self) -> Bill:
        """The most it calls for while nothing fails."""
        return total(step.high for step in self.steps)

    @property
    def most(self) -> Bill:
        """The most it can call for, with every attempt and fallback used up and paid."""
        return total(step.most for step in self.steps)

    @property
    def extensions(self) -> Range[int]:
        """How many extensions the finished chain has."""
        index = self.view.chain.index
        return _together(step.times for step in self.steps if index(step.place.step) != -1)

    @property
    def segments(self) -> Range[int]:
        """How many videos its finished film is joined of, beyond what it grows out of."""
        return _together(step.frames for step in self.steps).plus(Range(1, 1))

    @property
    def after(self) -> Range[int]:
        """Further calls once a person has picked or approved."""
        return _together(step.after for step in self.steps)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A whole plan: its chains, all they call for, the seconds it takes with the account's slots.

    `stops` says in words where a budget will or may end it; `spent` is the plan's so far. `beside` counts
    videos made for it that it does not want as it is now: its side branches.
    """

    plan: Plan
    chains: tuple[ChainForecast, ...]
    seconds: Range[float]
    spent: Spent
    stops: tuple[str, ...]
    beside: int = 0

    @property
    def low(self) -> Bill:
        """The least it calls for."""
        return total(chain.low for chain in self.chains)

    @property
    def high(self) -> Bill:
        """The most it calls for while nothing fails."""
        return total(chain.high for chain in self.chains)

    @property
    def after(self) -> Range[int]:
        """Further calls once a person has picked or approved."""
        return _together(chain.after for chain in self.chains)

    @property
    def ceiling(self) -> Bill:
        """What a run can cost at most: every attempt and fallback used up and paid, within the budget."""
        bills = [step.most for chain in self.chains for step in chain.steps if step.most.calls]
        limits, spent = self.plan.budget, self.spent
        calls = sum(bill.calls for bill in bills)
        if limits.calls is not None:
            calls = min(calls, max(0, limits.calls - spent.calls))
        return Bill(
            calls,
            _within(_dearest([(bill.units, bill.calls) for bill in bills], calls), limits.units, spent.units),
            _within(_dearest([(bill.cost, bill.calls) for bill in bills], calls), limits.cost, spent.cost),
        )


def _dearest(amounts: Sequence[tuple[Decimal | None, int]], calls: int) -> Decimal | None:
    """The most that so many of these calls can come to."""
    known = [(amount / count, count) for amount, count in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    found = Decimal(0)
    for price, count in sorted(known, reverse=True):
        taken = min(count, calls)
        found, calls = found + price * taken, calls - taken
    return found


def _within(most: Decimal | None, limit: Decimal | None, spent: Decimal) -> Decimal | None:
    if most is None or limit is None:
        return most
    return min(most, max(Decimal(0), limit - spent))


def _together(counts: Iterable[Range[int]]) -> Range[int]:
    low = high = 0
    for each in counts:
        low, high = low + each.low, high + each.high
    return Range(low, high)


def total(bills: Iterable[Bill]) -> Bill:
    """All of them together; what is unknown in one is unknown in the sum."""
    calls, units, cost = 0, _FREE, _FREE
    for bill in bills:
        calls, units, cost = calls + bill.calls, _sum(units, bill.units), _sum(cost, bill.cost)
    return Bill(calls, units, cost)


def stop_of(name: str, limits: Limits, spent: Spent, low: Bill, high: Bill) -> str | None:
    """How a budget ends what is wanted, in words; None where it covers the most of it.

    Amounts that nobody knows are left to the planner, which holds the chain.
    """
    for word, limit, used, least, most in (
        ("calls", limits.calls, spent.calls, low.calls, high.calls),
        ("units", limits.units, spent.units, low.units, high.units),
        ("cost", limits.cost, spent.cost, low.cost, high.cost),
    ):
        if limit is None or least is None or most is None or used + most <= limit:
            continue
        verb = "will" if used + least > limit else "may"
        wanted = str(most) if least == most else f"{least} to {most}"
        return f"the budget of {name} {verb} stop it: {word} {limit}, {used} of it used, {wanted} wanted"
    return None

"""What the attempts cost and may cost: estimates, one ledger entry an attempt, limits checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orchestrator.facts import AttemptBegun, AttemptDeclined, TaskFailed, TaskSucceeded, Verdict
from orchestrator.lineage import Attempt, Lineage
from orchestrator.plan import Chain, Kind, Limits, Plan

_UNITS: dict[str, dict[str, Decimal]] = {
    "kling-v1": {"std": Decimal(1), "pro": Decimal("3.5")},
    "kling-v1-5": {"std": Decimal(2), "pro": Decimal("3.5")},
    "kling-v1-6": {"std": Decimal(2), "pro": Decimal("3.5")},
}
"""Units per 5 s clip or per extension, the vendor's list of 2025 (protocol page, §6)."""

FREE_WHEN_FAILED = ("kling", "sandbox")
"""Providers known to charge nothing for a failed task; the gateway's rule is unknown."""


def units_of(kind: Kind, model_name: str | None, mode: str | None, duration: str | None) -> Decimal | None:
    """The vendor's units for one call; None where model or mode have no known price."""
    if kind is not Kind.EXTEND and model_name is None:
        model_name = "kling-v1"  # the API's default (protocol page, §2)
    per_clip = _UNITS.get(model_name or "", {}).get(mode or "std")
    if per_clip is None:
        return None
    return per_clip * 2 if kind is not Kind.EXTEND and duration == "10" else per_clip


class Standing(StrEnum):
    """What is known of the money of one attempt."""

    RESERVED = "reserved"
    SPENT = "spent"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt in the ledger: what it counts against budgets; None is an unknown amount.

    `calls` is 1 for every POST that was not surely declined. `billed` is true where `units` are the
    provider's word and not an estimate.
    """

    begun: AttemptBegun
    standing: Standing
    calls: int
    units: Decimal | None
    cost: Decimal | None
    billed: bool = False

    def counts_as(self, other: Entry) -> bool:
        """Sums are the same with either of them."""
        return (self.calls, self.units, self.cost) == (other.calls, other.units, other.cost)

    def frees(self, before: Entry) -> bool:
        """Less counts against budgets, or more of it is known, than by the entry before."""
        amounts = ((before.units, self.units), (before.cost, self.cost))
        return self.calls < before.calls or any(
            now is not None and (was is None or now < was) for was, now in amounts
        )


def entry(attempt: Attempt) -> Entry:
    """The ledger entry of an attempt, from all that is known of it."""
    begun, end = attempt.begun, attempt.end
    nothing = Decimal(0)
    match end:
        case TaskSucceeded(units=Decimal() as units):
            return Entry(begun, Standing.SPENT, 1, units, begun.cost, billed=True)
        case TaskSucceeded():
            return Entry(begun, Standing.SPENT, 1, begun.units, begun.cost)
        case TaskFailed() if begun.account.split("/")[0] in FREE_WHEN_FAILED:
            return Entry(begun, Standing.REFUNDED, 1, nothing, nothing)
        case TaskFailed():
            return Entry(begun, Standing.UNKNOWN, 1, begun.units, begun.cost)
        case AttemptDeclined():
            return Entry(begun, Standing.DECLINED, 0, nothing, nothing)
    if not attempt.let_go:
        return Entry(begun, Standing.RESERVED, 1, begun.units, begun.cost)
    assert attempt.resolved is not None
    if attempt.resolved.verdict is Verdict.NOT_SUBMITTED:
        return Entry(begun, Standing.DECLINED, 0, nothing, nothing)
    return Entry(begun, Standing.UNKNOWN, 1, begun.units, begun.cost)


@dataclass(frozen=True, slots=True)
class Spent:
    """A sum of entries; `unknown_units` and `unknown_cost` count entries whose amount nobody knows."""

    calls: int = 0
    units: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    unknown_units: int = 0
    unknown_cost: int = 0

    def plus(self, each: Entry, times: int = 1) -> Spent:
        """The sum with one more entry, or with `times=-1` without it."""
        return Spent(
            self.calls + times * each.calls,
            self.units + times * (each.units or 0),
            self.cost + times * (each.cost or 0),
            self.unknown_units + times * (each.units is None),
            self.unknown_cost + times * (each.cost is None),
        )


_UNLIMITED = Limits()

Scope = tuple[str | None, str | None, str | None]
"""Plan, chain, run: which of them a sum speaks of."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Limits and what they speak of: a plan, one of its chains, or one run of it."""

    limits: Limits
    plan: str
    chain: str | None = None
    run: str | None = None

    @property
    def name(self) -> str:
        """How a message calls it."""
        if self.run is not None:
            return "this run"
        return f"plan {self.plan}" if self.chain is None else f"chain {self.plan}:{self.chain}"

    @property
    def scope(self) -> Scope:
        """The key its sum is kept under; a run's limits cover all plans of the run."""
        return (None, None, self.run) if self.run is not None else (self.plan, self.chain, None)


def scopes(begun: AttemptBegun) -> tuple[Scope, Scope, Scope]:
    """The sums one attempt counts in: its plan's, its chain's and its run's."""
    return (begun.plan, None, None), (begun.plan, begun.chain, None), (None, None, begun.run)


def allowances(
    plan: Plan, chain: Chain, run: str | None = None, limits: Limits | None = None
) -> tuple[Allowance, ...]:
    """All limits that a call for this chain must keep, the plan's first; those without limits left out."""
    found = []
    if plan.budget != _UNLIMITED:
        found.append(Allowance(plan.budget, plan.name))
    if chain.budget != _UNLIMITED:
        found.append(Allowance(chain.budget, plan.name, chain.name))
    if run is not None and limits is not None and limits != _UNLIMITED:
        found.append(Allowance(limits, plan.name, run=run))
    return tuple(found)


def shortfall(allowance: Allowance, spent: Spent, units: Decimal | None, cost: Decimal | None) -> str | None:
    """Why one more call does not fit, in words for the person; None when it fits.

    A limit on something whose amount is unknown, for this call or an earlier one, never fits: nobody
    could keep it.
    """
    limits, name = allowance.limits, allowance.name
    if limits.calls is not None and spent.calls + 1 > limits.calls:
        return f"{name} may make {limits.calls} calls and has made {spent.calls}"
    for word, limit, used, unknown, more in (
        ("units", limits.units, spent.units, spent.unknown_units, units),
        ("cost", limits.cost, spent.cost, spent.unknown_cost, cost),
    ):
        if limit is None:
            continue
        if more is None or unknown:
            return f"{name} limits {word} to {limit}, but what a call costs is not known: {_MEND[word]}"
        if used + more > limit:
            return (
                f"{name} may spend {limit} {word}; {used} are spent or reserved, the next call takes {more}"
            )
    return None


_MEND = {
    "units": "say model_name and mode of the source, or limit calls instead",
    "cost": "write what you pay under prices, or limit calls instead",
}


class Ledger:
    """The entries of all attempts, summed as budgets need them; rebuilt from a lineage."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[tuple[str, int], Entry] = {}
        self._sums: dict[Scope, Spent] = {}
        for each in entries:
            self.put(each)

    def put(self, each: Entry) -> bool:
        """Set the entry of its attempt, in place of what was known of it; whether that frees anything."""
        name = each.begun.take, each.begun.number
        before = self.entries.get(name)
        self.entries[name] = each
        if before is not None and each.counts_as(before):
            return False
        for scope in scopes(each.begun):
            total = self._sums.get(scope, Spent())
            self._sums[scope] = (total.plus(before, -1) if before else total).plus(each)
        return before is not None and each.frees(before)

    def spent(self, allowance: Allowance) -> Spent:
        """What is spent or reserved of this allowance."""
        return self._sums.get(allowance.scope, Spent())

    def by_currency(self) -> dict[str | None, Spent]:
        """What is spent or reserved in all, by the currency of its cost."""
        return by_currency(self.entries.values())


def by_currency(entries: Iterable[Entry]) -> dict[str | None, Spent]:
    """Sums of ledger entries; amounts of different currencies are never added up."""
    found: dict[str | None, Spent] = {}
    for each in entries:
        currency = each.begun.currency
        found[currency] = found.get(currency, Spent()).plus(each)
    return found


def ledger(lineage: Lineage) -> Ledger:
    """The ledger of everything in the lineage."""
    return Ledger(entry(attempt) for take in lineage.takes.values() for attempt in take.attempts)

"""Forecasts a plan: its chains walked on to their ends, its account's slots and its budgets counted in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from orchestrator.budget import Allowance, Ledger, allowances
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Kind, Plan
from orchestrator.planner.ahead import Walk, walk
from orchestrator.planner.changes import Past
from orchestrator.planner.foreseen import ChainForecast, Forecast, Range, stop_of, total
from orchestrator.planner.fronts import Shared
from orchestrator.planner.plans import Planner
from orchestrator.planner.reach import Reach
from orchestrator.planner.taking import Run
from orchestrator.planner.views import ChainView
from orchestrator.watching import USUAL, expectation

_QUICK, _SLOW = 0.75, 1.125
"""Tasks of 4 to 6 minutes about a mean of 320 s (protocol page, §6): the range about any mean."""


def forecast(
    plan: Plan,
    views: Mapping[str, ChainView],
    lineage: Lineage,
    ledger: Ledger,
    now: datetime,
    reach: Reach | None = None,
) -> Forecast:
    """What is left to do for this plan, from the views of its chains by name, within a run's reach.

    Steps of a chain are made one after the other, and never more tasks at once than the account has
    slots; how long a task takes is what this account's tasks took before.
    """
    sources = [chain.source for chain in plan.chains]
    branched = {(source.chain, source.step) for source in sources if isinstance(source, Branch)}
    shared = Shared(
        plan, lineage, now, _durations(plan, lineage), branched, Past(lineage, plan.name), reach or Reach()
    )
    walked: dict[str, Walk] = {}
    for chain in plan.chains:
        _walk_from_source(chain.name, views, shared, walked)
    chains = tuple(walked[chain.name].forecast() for chain in plan.chains)
    return Forecast(
        plan=plan,
        chains=chains,
        seconds=_seconds(plan.provider.concurrency, chains, shared.work),
        spent=ledger.spent(Allowance(plan.budget, plan.name)),
        stops=tuple(_stops(plan, chains, ledger)),
        beside=_beside(plan, views, lineage),
    )


def views_of(plan: Plan, lineage: Lineage, ledger: Ledger, now: datetime, run: Run) -> dict[str, ChainView]:
    """Every chain of a plan as it looks to this run, by its name, in the order written."""
    planner = Planner(plan)
    return {chain.name: planner.view(chain.name, lineage, ledger, now, run) for chain in plan.chains}


def _beside(plan: Plan, views: Mapping[str, ChainView], lineage: Lineage) -> int:
    wanted = {key for view in views.values() for key in view.consulted}
    return lineage.made_for(plan.name) - sum(lineage.take(key).made_for(plan.name) for key in wanted)


def _walk_from_source(
    name: str, views: Mapping[str, ChainView], shared: Shared, walked: dict[str, Walk]
) -> None:
    if name in walked:
        return
    source = views[name].chain.source
    if isinstance(source, Branch):
        _walk_from_source(source.chain, views, shared, walked)
    walked[name] = walk(shared, views[name])


def _durations(plan: Plan, lineage: Lineage) -> dict[Kind, Range[float]]:
    found = {}
    for kind, usual in USUAL.items():
        history = lineage.usual(plan.provider.account, kind)
        mean = expectation(history, usual / plan.provider.speed).mean
        found[kind] = Range(_QUICK * mean, _SLOW * mean)
    return found


def _seconds(slots: int, chains: Sequence[ChainForecast], work: Range[float]) -> Range[float]:
    """The longest line, or all the work shared among the slots, whichever is longer."""
    return Range(
        max([work.low / slots, *(chain.seconds.low for chain in chains)]),
        max([work.high / slots, *(chain.seconds.high for chain in chains)]),
    )


def _stops(plan: Plan, chains: Sequence[ChainForecast], ledger: Ledger) -> Iterator[str]:
    low, high = total(each.low for each in chains), total(each.high for each in chains)
    whole = Allowance(plan.budget, plan.name)
    found = [stop_of(whole.name, whole.limits, ledger.spent(whole), low, high)]
    for each in chains:
        for allowance in allowances(plan, each.view.chain):
            if allowance.chain is not None:
                spent = ledger.spent(allowance)
                found.append(stop_of(allowance.name, allowance.limits, spent, each.low, each.high))
    return (stop for stop in found if stop is not None)

"""What is next for a plan: its chains walked, each at most once for one state of knowledge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial

from orchestrator.budget import Ledger
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Chain, Kind, Plan, ProviderSettings
from orchestrator.planner.actions import Action, Submit
from orchestrator.planner.memory import Memory
from orchestrator.planner.order import branches, level
from orchestrator.planner.stepping import Known
from orchestrator.planner.taking import Run, tend
from orchestrator.planner.views import ChainView
from orchestrator.planner.walk import chain_view
from orchestrator.watching import USUAL, expectation


class Planner:
    """Plans the chains of one plan; what depends on the plan alone is worked out once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._chains = {chain.name: chain for chain in plan.chains}
        self._below = branches(plan)
        self._memory = Memory()

    def view(self, chain: str, lineage: Lineage, ledger: Ledger, now: datetime, run: Run) -> ChainView:
        """One chain, and as much of its source's chain as it needs."""
        mean = self._usual(lineage)

        def walked(name: str) -> ChainView:
            known = Known(
                self.plan,
                self._chains[name],
                lineage,
                ledger,
                now,
                run,
                view_of=walked,
                level_of=partial(self._level, self._chains[name], mean),
                memory=self._memory,
            )
            return chain_view(known)

        return walked(chain)

    def _level(self, chain: Chain, mean: float, index: int, repeat: int, length: Decimal) -> float:
        below = level(self._below, chain, max(index, 0), repeat, length)
        return mean * (below + 1 if index < 0 else below)

    def _usual(self, lineage: Lineage) -> float:
        provider = self.plan.provider
        history = lineage.durations.get((provider.account, Kind.EXTEND), ())
        return expectation(history, USUAL[Kind.EXTEND] / provider.speed).mean


def next_actions(plan: Plan, lineage: Lineage, ledger: Ledger, now: datetime, run: Run) -> tuple[Action, ...]:
    """Everything that is next: what is open is tended first, then submissions, longest line first.

    Every open attempt and unkept video of the account is tended, wanted by this plan or not.
    """
    planner = Planner(plan)
    tended = tending(lineage, plan.provider, now, run)
    wanted = [
        each for chain in plan.chains for each in planner.view(chain.name, lineage, ledger, now, run).next
    ]
    others = dict.fromkeys((*tended, *(each for each in wanted if not isinstance(each, Submit))))
    return (*others, *in_order(each for each in wanted if isinstance(each, Submit)))


def tending(lineage: Lineage, provider: ProviderSettings, now: datetime, run: Run) -> tuple[Action, ...]:
    """What every open attempt and unkept video of the account needs."""
    keys = dict.fromkeys((*lineage.open, *lineage.unkept))
    return tuple(
        action
        for key in keys
        if lineage.account_of(key) == provider.account
        for action in tend(lineage, provider, lineage.take(key), now, run)
    )


def in_order(submits: Iterable[Submit]) -> tuple[Submit, ...]:
    """Each take once, the longest remaining line first; as written where that ties."""
    once: dict[TakeKey, Submit] = {}
    for submit in submits:
        known = once.get(submit.take)
        if known is None or submit.level > known.level:
            once[submit.take] = submit
    return tuple(sorted(once.values(), key=lambda submit: -submit.level))

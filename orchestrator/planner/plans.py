"""What is next for a plan: its chains walked, each at most once for one state of knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial

from orchestrator.budget import Ledger
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import AS_WRITTEN, Chain, Generation, Kind, Plan, ProviderSettings
from orchestrator.planner.actions import Action, Submit
from orchestrator.planner.continuing import reached
from orchestrator.planner.known import Known
from orchestrator.planner.memory import Memory
from orchestrator.planner.order import Level, branches, level, named_takes
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
        self._named = named_takes(plan)
        self._written = {chain.name: place for place, chain in enumerate(plan.chains)}

    def has(self, chain: str) -> bool:
        """Whether the plan has a chain of that name."""
        return chain in self._chains

    def view(self, chain: str, lineage: Lineage, ledger: Ledger, now: datetime, run: Run) -> ChainView:
        """One chain, and as much of its source's chain as it needs."""
        known = Known(
            self.plan,
            self._chains[chain],
            lineage,
            ledger,
            now,
            run,
            view_of=partial(self.view, lineage=lineage, ledger=ledger, now=now, run=run),
            level_of=partial(self._level, self._chains[chain], lineage),
            memory=self._memory,
            named=self._named,
        )
        return chain_view(known)

    def most(self, chains: Iterable[str], lineage: Lineage) -> Iterator[tuple[str, float]]:
        """Each chain, and how urgent any step of it can be, however far it has come, whatever it extends."""
        sorts = [sort[1:] for sort in lineage.durations if sort[0] == self.plan.provider.account]
        slowest = max(self._usual(lineage, *sort) for sort in ((Kind.EXTEND, None), *sorts))
        for name in chains:
            chain, own = self._chains[name], 0.0
            if isinstance(chain.source, Generation):
                own = self._usual(lineage, chain.source.kind, chain.source.model_name)
            line = own + level(self._below, chain, 0, 1, Decimal(0)) * slowest
            yield name, -float(self._written[name]) if self.plan.order == AS_WRITTEN else line

    def _level(self, chain: Chain, lineage: Lineage, index: int, repeat: int, parent: Video | None) -> Level:
        """How urgent a step is, in seconds: what its line takes from here on; or as the plan was written."""
        if self.plan.order == AS_WRITTEN:
            first = -float(self._written[chain.name])
            return Level(first, first)
        length = reached(chain, parent) if parent else None
        below = level(self._below, chain, max(index, 0), repeat, length or Decimal(0))
        if parent is not None:
            own = self._usual(lineage, Kind.EXTEND, parent.model_name)
            return Level(below * own, own)
        assert isinstance(chain.source, Generation)
        own = self._usual(lineage, chain.source.kind, chain.source.model_name)
        return Level(own + below * self._usual(lineage, Kind.EXTEND, chain.source.model_name), own)

    def _usual(self, lineage: Lineage, kind: Kind, model: str | None) -> float:
        """Seconds that such a task is expected to take on this account."""
        provider = self.plan.provider
        seen = lineage.durations.get((provider.account, kind, model), ())
        return expectation(seen, USUAL[kind] / provider.speed).mean


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

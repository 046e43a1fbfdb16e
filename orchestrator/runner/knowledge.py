"""What a run knows: lineage, ledger and a view of every chain, kept up fact by fact."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count

from orchestrator.budget import Allowance, Ledger, Spent, entry
from orchestrator.facts import (
    AttemptDeclined,
    ChainStopped,
    Reason,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan
from orchestrator.planner import Action, ChainView, Hold, Need, Planner, Run, Submit, tend
from orchestrator.runner.outside import ChainName


class Knowledge:
    """Re-plans only the chains that a new fact touches; hands out what is ready, best first."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        self.lineage = Lineage()
        self.ledger = Ledger()
        self.plans: Mapping[str, Plan] = {plan.name: plan for plan in plans}
        self.views: dict[ChainName, ChainView] = {}
        self._planners = {name: Planner(plan) for name, plan in self.plans.items()}
        self._dependents: dict[TakeKey, set[ChainName]] = {}
        self._stale: dict[ChainName, None] = dict.fromkeys(self._all())
        self._touched: dict[TakeKey, None] = {}
        self._held: set[ChainName] = set()
        self._ready: dict[str, list[tuple[float, int, ChainName, Submit]]] = {}
        self._order = count()

    def learn(self, recorded: Recorded) -> None:
        """Take in a fact, and mark what it may change."""
        self.lineage.apply(recorded)
        fact = recorded.fact
        if isinstance(fact, RunBegan | ChainStopped):
            return
        if isinstance(fact, TakePicked | TakeRejected | TakeWanted | StepApproved):
            self._mark(name for name in self._all() if name[0] == fact.plan)
            return
        self._account_for(fact.take)
        self._touch(fact.take)
        if isinstance(fact, AttemptDeclined) and fact.reason in (Reason.CREDENTIALS, Reason.PAYMENT):
            self._mark(self._all())

    def replan(self, now: datetime, run: Run) -> Iterator[ChainView]:
        """Plan the chains anew that something new is known of, and yield how they look."""
        stale, self._stale = self._stale, {}
        for name in stale:
            yield self.view(name, now, run)

    def view(self, name: ChainName, now: datetime, run: Run) -> ChainView:
        """Plan one chain anew; what it has ready joins the queue."""
        view = self._planners[name[0]].view(name[1], self.lineage, self.ledger, now, run)
        self.views[name] = view
        for key in view.consulted:
            self._dependents.setdefault(key, set()).add(name)
        (self._held.add if _held_by_budget(view) else self._held.discard)(name)
        for action in view.next:
            if isinstance(action, Submit):
                self._queue(name, action)
        return view

    def tending(self, now: datetime, run: Run) -> tuple[Action, ...]:
        """What the takes need that something new is known of, wanted by a plan or not."""
        touched, self._touched = self._touched, {}
        found: list[Action] = []
        settings = {plan.provider.account: plan.provider for plan in self.plans.values()}
        for key in touched:
            provider = settings.get(self.lineage.account_of(key) or "")
            if provider is not None:
                found.extend(tend(self.lineage, provider, self.lineage.take(key), now, run))
        return tuple(found)

    def touch_everything_open(self) -> None:
        """Look again at every open attempt and unkept video: a run begins."""
        for key in (*self.lineage.open, *self.lineage.unkept):
            self._touched[key] = None

    def next_ready(self, account: str) -> tuple[ChainName, Submit] | None:
        """The submission of that account with the longest line below it; stays until taken away."""
        queue = self._ready.get(account, [])
        while queue:
            _, _, name, submit = queue[0]
            # Only what the newest view says counts; what older ones queued is dropped here.
            if any(submit is each for each in self.views[name].next) and not self._begun(submit):
                return name, submit
            heapq.heappop(queue)
        return None

    def look_again(self, take: TakeKey) -> None:
        """Something that is no fact has changed for this take."""
        self._touch(take)

    @property
    def fresh(self) -> bool:
        """Something new is known that has not been planned with."""
        return bool(self._stale or self._touched)

    def spent_by(self, run: str) -> Spent:
        """What one run has spent or reserved."""
        return self.ledger.spent(Allowance(Limits(), "", run=run))

    def _begun(self, submit: Submit) -> bool:
        last = self.lineage.take(submit.take).last
        return last is not None and last.begun.number >= submit.number

    def _queue(self, name: ChainName, submit: Submit) -> None:
        account = self.plans[name[0]].provider.account
        heapq.heappush(self._ready.setdefault(account, []), (-submit.level, next(self._order), name, submit))

    def _account_for(self, take: TakeKey) -> None:
        for attempt in self.lineage.take(take).attempts:
            self.ledger.put(entry(attempt))
        self._mark(tuple(self._held))

    def _touch(self, take: TakeKey) -> None:
        self._touched[take] = None
        self._mark(self._dependents.get(take, ()))

    def _mark(self, names: Iterable[ChainName]) -> None:
        self._stale.update(dict.fromkeys(names))

    def _all(self) -> Iterator[ChainName]:
        return ((plan.name, chain.name) for plan in self.plans.values() for chain in plan.chains)


def _held_by_budget(view: ChainView) -> bool:
    return any(isinstance(action, Hold) and action.need is Need.BUDGET for action in view.next)

"""What a run knows: lineage, ledger and a view of each of its chains, kept up fact by fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from orchestrator.budget import Allowance, Ledger, Spent, allowances, entry
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    ChainStopped,
    DriftMeasured,
    FileDropped,
    Reason,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TakeWanted,
    TaskAccepted,
    TaskMissed,
    VideoAdopted,
    VideoKept,
    VideoLost,
    lean,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, ProviderSettings
from orchestrator.planner import Action, ChainView, Hold, Need, Planner, Run, Submit, tend
from orchestrator.runner.outside import ChainName
from orchestrator.runner.ready import Ready
from orchestrator.runner.share import Share
from orchestrator.runner.unplanned import Unplanned

_FREE = (
    TaskAccepted,
    TaskMissed,
    VideoAdopted,
    VideoKept,
    VideoLost,
    FileDropped,
    TakeRetried,
    DriftMeasured,
)
"""Facts after which a budget has neither more nor less left than before."""

_A_MOMENT = timedelta(seconds=30)
"""What only time decides about a submission, its parent's age, is decided with more margin than that."""


class Knowledge:
    """Re-plans only the chains that a new fact touches; hands out what is ready, best first.

    `alone`: no other process works on these accounts, so every open attempt is ours to tend; otherwise
    only what our chains look at or began, and the strays of our shares.
    """

    def __init__(self, *, alone: bool) -> None:
        self.lineage = Lineage()
        self.ledger = Ledger()
        self.shares: dict[ChainName, Share] = {}
        self.strays: dict[TakeKey, Share] = {}
        self.views: dict[ChainName, ChainView] = {}
        self._alone = alone
        self._settings: dict[str, ProviderSettings] = {}
        self._planners: dict[str, Planner] = {}
        self._dependents: dict[TakeKey, set[ChainName]] = {}
        self._viewed: dict[ChainName, datetime] = {}
        self._looked_at: dict[ChainName, frozenset[TakeKey]] = {}
        self._stale: dict[ChainName, None] = {}
        self._unplanned = Unplanned()
        self._touched: dict[TakeKey, None] = {}
        self._held: set[ChainName] = set()
        self._ready = Ready()

    def take_on(self, share: Share) -> None:
        """Plan these chains from now on, and look at what is open of theirs."""
        planner, account = self._planners.get(share.plan.name), share.plan.provider.account
        if planner is None or planner.plan is not share.plan:
            planner = self._planners[share.plan.name] = Planner(share.plan)
        self._settings[account] = share.plan.provider
        for name, most in planner.most(share.chains, self.lineage):
            chain = (share.plan.name, name)
            self.shares[chain] = share
            self._looked_at[chain] = frozenset()
            self._unplanned.add(account, chain, most)
        self.strays.update(dict.fromkeys(share.strays, share))
        self.look_at_open()

    def give_back(self, share: Share) -> None:
        """Plan and tend them no more."""
        for name in share.names:
            del self.shares[name]
            self.views.pop(name, None)
            self._viewed.pop(name, None)
            self._stale.pop(name, None)
            self._held.discard(name)
            for key in self._looked_at.pop(name):
                self._dependents[key].discard(name)
                if not self._dependents[key]:
                    del self._dependents[key]
        for key in share.strays:
            self.strays.pop(key, None)

    def holds(self, share: Share) -> bool:
        """It was taken on and not given back."""
        chains = all(self.shares.get(name) is share for name in share.names)
        return chains and all(self.strays.get(key) is share for key in share.strays)

    def takes_of(self, share: Share) -> frozenset[TakeKey]:
        """The takes that are tended for it and for no other share."""
        names = set(share.names)
        return frozenset(key for key in self.concerns(share) if self._dependents.get(key, names) <= names)

    def concerns(self, share: Share) -> frozenset[TakeKey]:
        """The takes that its chains look at or began, and its strays."""
        looked_at = (self._looked_at[name] for name in share.names)
        begun = (key for key in self.lineage.open if self._began(key) in share.names)
        return share.strays.union(*looked_at, begun)

    def learn(self, recorded: Recorded) -> None:
        """Take in a fact, and mark what it may change."""
        fact = recorded.fact
        self.lineage.apply(Recorded(recorded.position, lean(fact)))
        if isinstance(fact, RunBegan | ChainStopped):
            return
        if isinstance(fact, TakePicked | TakeRejected | TakeWanted | StepApproved):
            self._mark(name for name in self._all() if name[0] == fact.plan)
            return
        if not isinstance(fact, _FREE):
            self._account_for(fact.take)
        if isinstance(fact, AttemptBegun):
            # What waits for it waits for its answer; its chains are planned anew when that is here.
            self._touched[fact.take] = None
        else:
            self._touch(fact.take)
        if isinstance(fact, AttemptDeclined) and fact.reason in (Reason.CREDENTIALS, Reason.PAYMENT):
            self._mark(self._all())

    def replan(self, now: datetime, at_most: int | None = None) -> Iterator[ChainView]:
        """Plan the chains anew that something new is known of, then those never planned; yield how they look.

        So many of them `at_most`; `behind` tells whether others are left.
        """
        for name in islice(self._due(), at_most):
            yield self.view(name, now)

    def view(self, name: ChainName, now: datetime) -> ChainView:
        """Plan one chain anew; what it has ready joins the queue."""
        run, planner = self.shares[name].run, self._planners[name[0]]
        view = planner.view(name[1], self.lineage, self.ledger, now, run)
        self.views[name], self._viewed[name] = view, now
        self._look_at(view.consulted, name)
        (self._held.add if _held_by_budget(view) else self._held.discard)(name)
        for action in view.next:
            if isinstance(action, Submit):
                self._ready.add(self.shares[name].plan.provider.account, name, action)
        return view

    def lately(self, name: ChainName, now: datetime) -> ChainView:
        """The chain as it was planned a moment ago; anew if more is known of it, or money has a say."""
        fresh = now - self._viewed[name] <= _A_MOMENT and name not in self._stale
        return self.views[name] if fresh and not self.allowances(name) else self.view(name, now)

    def allowances(self, name: ChainName) -> tuple[Allowance, ...]:
        """The limits that a call for this chain must keep."""
        share = self.shares[name]
        return allowances(share.plan, self.views[name].chain, share.run.id, share.run.limits)

    def tending(self, now: datetime, run: Run) -> tuple[Action, ...]:
        """What the takes need that something new is known of, wanted by a plan or not."""
        touched, self._touched = self._touched, {}
        found: list[Action] = []
        for key in touched:
            provider = self._settings.get(self.lineage.account_of(key) or "")
            if provider is not None and self._ours(key):
                found.extend(tend(self.lineage, provider, self.lineage.take(key), now, run))
        return tuple(found)

    def ready(self, account: str, most: int) -> list[tuple[ChainName, Submit]]:
        """The account's submissions with the longest lines, one of each step; they stay there until begun.

        No others while one that is longer may still show in chains that have not been planned yet.
        """
        return self._ready.best(account, most, self._unplanned.most(account), self._is_wanted)

    def works_for(self, account: str) -> bool:
        """A share of this account is held."""
        shares = (*self.shares.values(), *self.strays.values())
        return any(share.plan.provider.account == account for share in shares)

    def look_at_open(self) -> None:
        """Look again at every open attempt and unkept video."""
        for key in (*self.lineage.open, *self.lineage.unkept):
            self._touched[key] = None

    def look_again(self, take: TakeKey) -> None:
        """Something that is no fact has changed for this take."""
        self._touch(take)

    @property
    def behind(self) -> bool:
        """Chains are to be planned, for the first time or anew."""
        return bool(self._stale or self._unplanned)

    @property
    def fresh(self) -> bool:
        """Something new is known that has not been planned with."""
        return bool(self.behind or self._touched)

    def fresh_for(self, share: Share) -> bool:
        """Something new is known of it that has not been planned with."""
        stale = any(name in self._stale or name not in self.views for name in share.names)
        return stale or any(key in self._touched for key in share.strays)

    def spent_by(self, run: str) -> Spent:
        """What one run has spent or reserved."""
        return self.ledger.spent(Allowance(Limits(), "", run=run))

    def _due(self) -> Iterator[ChainName]:
        """Take away, one after the other, the chains that are to be planned."""
        while self._stale:
            name = next(iter(self._stale))
            del self._stale[name]
            yield name
        while self._unplanned:
            name = self._unplanned.next()
            if name in self.shares and name not in self.views:
                yield name

    def _is_wanted(self, name: ChainName, submit: Submit) -> bool:
        """By the newest view of its chain, which counts alone; and it is not begun since."""
        view, last = self.views.get(name), self.lineage.take(submit.take).last
        begun = last is not None and last.begun.number >= submit.number
        return view is not None and not begun and any(submit is each for each in view.next)

    def _account_for(self, take: TakeKey) -> None:
        freed = [self.ledger.put(entry(attempt)) for attempt in self.lineage.take(take).attempts]
        if any(freed):
            self._mark(tuple(self._held))

    def _touch(self, take: TakeKey) -> None:
        self._touched[take] = None
        self._mark(self._dependents.get(take, ()))

    def _look_at(self, keys: frozenset[TakeKey], name: ChainName) -> None:
        before = self._looked_at[name]
        # The view's own set where it can be: thousands of chains look at all takes of all their steps.
        self._looked_at[name] = keys if before <= keys else before | keys
        for key in keys - before:
            self._dependents.setdefault(key, set()).add(name)
            if key in self.lineage.open or key in self.lineage.unkept:
                self._touched[key] = None

    def _ours(self, key: TakeKey) -> bool:
        mine = self._alone or key in self._dependents or key in self.strays
        return mine or self._began(key) in self.shares

    def _began(self, key: TakeKey) -> ChainName | None:
        """The chain that began the newest attempt of a take."""
        last = self.lineage.take(key).last
        return (last.begun.plan, last.begun.chain) if last else None

    def _mark(self, names: Iterable[ChainName]) -> None:
        self._stale.update(dict.fromkeys(names))

    def _all(self) -> Iterator[ChainName]:
        return iter(self.shares)


def _held_by_budget(view: ChainView) -> bool:
    return any(isinstance(action, Hold) and action.need is Need.BUDGET for action in view.next)

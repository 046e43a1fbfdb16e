"""What every run does: plan, begin, do, write down, for the shares of plans that it has been given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

import anyio
import anyio.lowlevel
from anyio.abc import TaskStatus

from orchestrator.errors import OrchestratorError, StateError
from orchestrator.facts import AttemptResolved, ChainStopped, Fact, PersonFact, Recorded
from orchestrator.identity import TakeKey
from orchestrator.plan import Plan
from orchestrator.planner import (
    Action,
    Adopt,
    Finish,
    Hold,
    Keep,
    Measure,
    Reconcile,
    Run,
    Submit,
    Wait,
    Watch,
)
from orchestrator.runner.desk import Desk
from orchestrator.runner.desks import Desks
from orchestrator.runner.errands import Errand
from orchestrator.runner.following import Following
from orchestrator.runner.framing import Framing
from orchestrator.runner.hands import Hands
from orchestrator.runner.hints import Hints
from orchestrator.runner.keeping import adopt, keep
from orchestrator.runner.knowledge import Knowledge
from orchestrator.runner.measuring import measure
from orchestrator.runner.outside import ChainName, Outside
from orchestrator.runner.publishing import Publishing
from orchestrator.runner.reconciling import reconcile
from orchestrator.runner.share import Share
from orchestrator.runner.submitting import Submitting

_PORTION = 50
"""Chains that are planned before something else gets its turn: a few milliseconds."""


class Loop:
    """Owns the one task group of a process; everything that decides is asked of the planner.

    Shares come and go while it runs. `failed` hears of what it cannot get past, `settled` of shares that
    nothing is in hand or ready for any more: they are done, or a person must act.
    """

    def __init__(
        self,
        outside: Outside,
        run: Run,
        failed: Callable[[OrchestratorError], None],
        settled: Callable[[Share], None] | None = None,
        *,
        alone: bool = True,
    ) -> None:
        self.run = run
        self.knowledge = Knowledge(alone=alone)
        self.draining = False
        self.films: dict[ChainName, str] = {}
        self._outside = outside
        self._failed = failed
        self._settled = settled
        self._alone = alone
        self._following = Following(outside.journal, self.knowledge.lineage, self._take_in)
        self._hints = Hints()
        self._desks = Desks(outside, self.knowledge.lineage, self.record, self._hints)
        self._changed = anyio.Event()
        self._planned: set[Share] = set()
        self._publishing = Publishing(outside, self.knowledge.lineage, self._publish)
        self._framing = Framing(outside.archive, self._start, failed)
        self._submitting = Submitting(
            outside, self.knowledge, self._desks, self._following, self._framing, failed, self._replan
        )
        self._hands: Hands | None = None
        self._stumbled = False
        self._is_behind = False

    # ---- its life

    async def begin(self) -> Run:
        """Read the journal to its end: what was written up to here is from before this run."""
        for recorded in await self._outside.journal.read(0):
            self.knowledge.learn(recorded)
        self.run = replace(self.run, began=self.knowledge.lineage.position, at=self._outside.clock.now())
        return self.run

    async def work(
        self, over: Callable[[], bool], *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until that is so. The journal is right at every instant, also when this is cancelled."""
        async with anyio.create_task_group() as tasks:
            self._hands = Hands(tasks, self._outside.clock, self._ended, self._stumble)
            task_status.started()
            while not over():
                changed = self._changed
                try:
                    await self._go_on()
                except StateError as error:
                    self._stumble(error)
                if not over():
                    await self._rest(changed)
            tasks.cancel_scope.cancel()

    def drain(self) -> None:
        """No new POST from now on."""
        self.draining = True
        self.wake()

    @property
    def posting(self) -> bool:
        """An answer to something that was sent is waited for."""
        return self._submitting.busy

    @property
    def idle(self) -> bool:
        """Nothing is in hand, and nothing that is ready gets its turn without a person."""
        busy = self._hands is None or not self._hands.idle or self.knowledge.fresh
        return not busy and not any(map(self._submitting.waits, self._desks))

    @property
    def given_up(self) -> int:
        """How many acts are not tried again."""
        return self._hands.given_up if self._hands else 0

    def hint(self, task_id: str) -> None:
        """Somebody says that this task has ended: it is asked for soon, if it is one in the air."""
        take = self.knowledge.lineage.tasks.get(task_id)
        if take is None or self._hands is None:
            return
        if any(each.task_id == task_id for each in self.knowledge.lineage.take(take).open):
            self._hands.hint(take, task_id)

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._changed.set()
        self._changed = anyio.Event()

    # ---- shares

    def take_on(self, share: Share) -> None:
        """Work on it too, from the next turn on."""
        settings = share.plan.provider
        self._desks.open(settings, self.run, busy=self.knowledge.works_for(settings.account))
        self.knowledge.take_on(share)
        self._planned.add(share)
        self.wake()

    async def give_back(self, share: Share) -> None:
        """Nothing more is begun for it; return once what was sent is answered and all else left off."""
        takes = self.knowledge.takes_of(share)
        self.knowledge.give_back(share)
        self._planned.discard(share)
        assert self._hands is not None
        while self._submitting.sending(takes):
            await self._changed.wait()
        self._hands.stop(takes)
        while any(self._hands.busy(take) for take in takes):
            await self._changed.wait()

    async def finish(self, share: Share) -> None:
        """Write down in which state its chains were left."""
        now, names = self._outside.clock.now(), share.names
        views = [self.knowledge.views[name] for name in names]
        await self.record(
            *(ChainStopped(now, share.run.id, view.plan, view.chain.name, *view.standing) for view in views)
        )

    async def read_on(self) -> None:
        """Know what is in the journal now."""
        await self._following.read_on()

    def _tell_settled(self) -> None:
        """Shares that were planned anew in this turn may have come to their end with it."""
        assert self._hands is not None
        if self._settled is None:
            return
        planned, self._planned = self._planned, set()
        settled = [share for share in planned if self._is_settled(share, self._hands)]
        for share in settled:
            self._settled(share)

    def _is_settled(self, share: Share, hands: Hands) -> bool:
        if self.knowledge.fresh_for(share) or not self.knowledge.holds(share):
            return False
        views = [self.knowledge.views[name] for name in share.names]
        ready = any(isinstance(each, Submit) for view in views for each in view.next)
        busy = any(hands.busy(key) for key in (*self.knowledge.concerns(share), *share.names))
        return not ready and not busy

    # ---- a turn

    async def _go_on(self) -> None:
        # What another process does for itself is no reason to ask the provider; what a person says may be.
        if any(isinstance(fact, PersonFact | AttemptResolved) for fact in await self._following.catch_up()):
            self._hints.wake()
        self._recover()
        self._replan()
        assert self._hands is not None
        await self._submitting.begin_ready(self._hands, lambda: self.draining)
        self._tell_settled()

    def _replan(self) -> None:
        now = self._outside.clock.now()
        views = list(self.knowledge.replan(now, _PORTION))
        self._is_behind = self.knowledge.behind
        for action in self.knowledge.tending(now, self.run):
            self._start(action)
        for view in views:
            self._planned.add(self.knowledge.shares[view.plan, view.chain.name])
            self._outside.reporter.planned(view)
            for action in view.next:
                self._start(action)
            self._publishing.look(view)

    async def _rest(self, changed: anyio.Event) -> None:
        """Until something has happened here or elsewhere, or a gate opens."""
        if self._is_behind:
            await anyio.lowlevel.checkpoint()
            return
        opens = self._submitting.opens_in()
        pause = self._outside.glance if opens is None else min(self._outside.glance, max(opens, 0.001))
        with anyio.move_on_after(pause):
            await changed.wait()

    def _stumble(self, error: OrchestratorError) -> None:
        self._stumbled = True
        self._failed(error)

    def _recover(self) -> None:
        """What could not be got past is tried again, where somebody else decides how long this goes on."""
        if self._stumbled and not self._alone:
            self._stumbled = False
            assert self._hands is not None
            self._hands.forgive()
            self.knowledge.look_at_open()

    # ---- acts

    def _start(self, action: Action) -> None:
        """Start what is not in hand yet; submissions wait in the queue for their gate."""
        if self.draining:
            return
        assert self._hands is not None
        match action:
            case Watch():
                self._hands.ask(self._desk_of(action.take), action)
            case Reconcile():
                name = (action.take, action.begun.number)
                self._hands.begin(name, reconcile, self._desk_of(action.take), action)
            case Keep():
                self._hands.begin((action.take, "keep"), keep, self._desk_of(action.take), action)
            case Measure(wanted=None):
                pass
            case Measure():
                self._hands.begin((action.take, "measure"), measure, self._desk_of(action.take), action)
            case Adopt():
                desk = self._desks[action.account]
                self._hands.begin((action.take, "adopt"), adopt, desk, action)
            case Submit() | Wait() | Hold() | Finish():
                pass
            case _:
                assert_never(action)

    def _publish(self, name: ChainName, act: Callable[[Plan], Awaitable[str]]) -> None:
        share = self.knowledge.shares[name]

        async def publish() -> None:
            self.films[name] = await act(share.plan)
            self._planned.add(share)

        assert self._hands is not None
        self._hands.begin((None, name), publish)

    def _ended(self, name: Errand) -> None:
        if name[0] is not None:
            self.knowledge.look_again(name[0])
            if name[0] in self.knowledge.strays:
                self._planned.add(self.knowledge.strays[name[0]])
        self.wake()

    def _desk_of(self, take: TakeKey) -> Desk:
        return self._desks[self.knowledge.lineage.account_of(take) or ""]

    # ---- facts

    async def record(self, *facts: Fact) -> None:
        """Write facts durably, and plan with them."""
        await self._following.record(*facts)
        self.wake()

    def _take_in(self, recorded: Recorded) -> None:
        self.knowledge.learn(recorded)
        if self._hands is not None:
            self._hands.learn(recorded.fact)
        self._outside.reporter.happened(recorded, self.knowledge.lineage)

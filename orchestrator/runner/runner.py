"""One process working on one or more plans: plan, begin, do, write down, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import anyio

from orchestrator.budget import allowances
from orchestrator.errors import DiskError, OrchestratorError, StateError, UnreachableError
from orchestrator.facts import AttemptBegun, ChainStopped, Fact, Recorded, RunBegan
from orchestrator.identity import TakeKey
from orchestrator.plan import Limits, Plan
from orchestrator.planner import (
    Action,
    Adopt,
    ChainView,
    Ending,
    Finish,
    Hold,
    Keep,
    Reach,
    Reconcile,
    Run,
    Submit,
    Wait,
    Watch,
    tending,
)
from orchestrator.ports import (
    Begun,
    NoSlot,
    OverBudget,
    Stale,
    Taken,
    Terms,
)
from orchestrator.runner.desk import Desk
from orchestrator.runner.errands import Errand, Errands
from orchestrator.runner.gate import Gate
from orchestrator.runner.hints import Hints
from orchestrator.runner.keeping import adopt, keep
from orchestrator.runner.knowledge import Knowledge
from orchestrator.runner.outside import ChainName, Outside, Result
from orchestrator.runner.posting import intent, post
from orchestrator.runner.reconciling import reconcile
from orchestrator.runner.watching import watch


class Runner:
    """Owns the one task group of a run; everything that decides is asked of the planner."""

    def __init__(
        self, plans: Sequence[Plan], outside: Outside, run_id: str, limits: Limits, reach: Reach | None = None
    ) -> None:
        self._plans = plans
        self._outside = outside
        self._knowledge = Knowledge(plans)
        self._run = Run(run_id, 0, outside.clock.now(), limits, reach or Reach())
        self._desks: dict[str, Desk] = {}
        self._hints = Hints()
        self._changed = anyio.Event()
        self._posting = 0
        self._draining = False
        self._error: OrchestratorError | None = None
        self._published: dict[ChainName, TakeKey] = {}
        self._films: dict[ChainName, str] = {}

    async def run(self) -> Result:
        """Work until nothing is left to do, everything left needs a person, or `drain` was called.

        The journal is right at every instant, also when this is cancelled.
        """
        await self._begin_run()
        async with anyio.create_task_group() as tasks:
            self._errands = Errands(tasks, self._ended, self._fail)
            while not self._over():
                changed = self._changed
                try:
                    await self._go_on()
                except StateError as error:
                    self._fail(error)
                if not self._over():
                    await self._rest(changed)
            tasks.cancel_scope.cancel()
        return await self._end_run()

    def drain(self) -> None:
        """No new POST; `run` returns once the answers to those sent are written."""
        self._draining = True
        self._wake()

    def hint(self, task_id: str) -> None:
        """Somebody says that this task has ended: it is asked for soon, if it is one in the air."""
        take = self._knowledge.lineage.tasks.get(task_id)
        if take is not None and any(
            each.task_id == task_id for each in self._knowledge.lineage.take(take).open
        ):
            self._hints.notice(task_id)

    # ---- beginning and end

    async def _begin_run(self) -> None:
        for recorded in await self._outside.journal.read(0):
            self._knowledge.learn(recorded)
        # What was written up to here is from before this run; so is its own RunBegan.
        now, lineage = self._outside.clock.now(), self._knowledge.lineage
        self._run = replace(self._run, began=lineage.position, at=now)
        for plan in self._plans:
            self._open_desk(plan)
        began = [
            RunBegan(now, self._run.id, plan.name, plan.path, plan.digest, plan.text) for plan in self._plans
        ]
        await self._record(*began)
        self._knowledge.touch_everything_open()

    def _open_desk(self, plan: Plan) -> None:
        account = plan.provider.account
        if account in self._desks:
            desk = self._desks[account]
            desk.gate = Gate(min(desk.settings.concurrency, plan.provider.concurrency))
            return
        self._desks[account] = Desk(
            settings=plan.provider,
            provider=self._outside.providers[account],
            gate=Gate(plan.provider.concurrency),
            archive=self._outside.archive,
            clock=self._outside.clock,
            reporter=self._outside.reporter,
            lineage=self._knowledge.lineage,
            run=self._run,
            record=self._record,
            hints=self._hints,
        )

    async def _end_run(self) -> Result:
        now, views = self._outside.clock.now(), self._views()
        if not isinstance(self._error, StateError):
            await self._record(
                *(
                    ChainStopped(now, self._run.id, view.plan, view.chain.name, *view.standing)
                    for view in views
                )
            )
        lineage = self._knowledge.lineage
        # Not every take that a view looks at is shown by it: one that a person rejected may still run.
        shown = {(each.need, each.take) for view in views for each in view.next if isinstance(each, Hold)}
        strays = tuple(
            action
            for plan in self._plans
            for action in tending(lineage, plan.provider, now, self._run)
            if isinstance(action, Hold) and (action.need, action.take) not in shown
        )
        return Result(
            views=views,
            films=self._films,
            strays=tuple(dict.fromkeys(strays)),
            spent=self._knowledge.spent_by(self._run.id),
            in_the_air=tuple(each.begun for key in lineage.open for each in lineage.takes[key].open),
            unkept=self._errands.given_up,
            drained=self._draining,
            error=self._error,
        )

    def _views(self) -> tuple[ChainView, ...]:
        now = self._outside.clock.now()
        names = [(plan.name, chain.name) for plan in self._plans for chain in plan.chains]
        return tuple(self._knowledge.view(name, now, self._run) for name in names)

    # ---- the loop

    def _over(self) -> bool:
        if self._draining:
            return self._posting == 0
        idle = self._errands.idle and not self._knowledge.fresh
        return idle and not any(self._waits(account) for account in self._desks)

    def _waits(self, account: str) -> bool:
        """Something is ready to be sent, and its turn comes even if nothing in the air ever ends.

        Asked when nobody is watched any more: then tasks that hold all slots are for a person to judge.
        """
        return self._knowledge.next_ready(account) is not None and not self._desks[account].jammed()

    async def _go_on(self) -> None:
        await self._catch_up()
        self._replan()
        await self._submit_ready()

    async def _catch_up(self) -> None:
        if await self._outside.journal.changed():
            await self._read_on()
            self._hints.wake()

    def _replan(self) -> None:
        now = self._outside.clock.now()
        views = list(self._knowledge.replan(now, self._run))
        for action in self._knowledge.tending(now, self._run):
            self._start(action)
        for view in views:
            self._outside.reporter.planned(view)
            for action in view.next:
                self._start(action)
            self._start_publishing(view)

    async def _submit_ready(self) -> None:
        for account, desk in self._desks.items():
            while not self._draining:
                ready = self._knowledge.next_ready(account)
                if ready is None or desk.gate.opens_in(desk.clock.monotonic(), desk.in_the_air()) != 0:
                    break
                if not await self._begin(desk, *ready):
                    break
            self._mind(desk)

    def _mind(self, desk: Desk) -> None:
        trouble = desk.gate.trouble(desk.clock.monotonic())
        if trouble is not None and trouble.hopeless:
            lasted = f"{trouble.kind} for {trouble.seconds / 60:.0f} minutes"
            self._fail(UnreachableError(f"{desk.settings.name}: {lasted}: {trouble.message}"))

    async def _begin(self, desk: Desk, chain: ChainName, ready: Submit) -> bool:
        """Begin one attempt and start sending it; false when the gate is to be asked again later."""
        full = desk.archive.room()
        if full is not None:
            self._fail(DiskError(full))
            return False
        now = desk.now()
        # The gate may have been closed for long: what was decided then is decided again now.
        view = self._knowledge.view(chain, now, self._run)
        submit = next(
            (each for each in view.next if isinstance(each, Submit) and each.take == ready.take), None
        )
        if submit is None:
            return True
        plan = self._knowledge.plans[chain[0]]
        allowed = allowances(plan, view.chain, self._run.id, self._run.limits)
        terms = Terms(desk.gate.slots, submit.level, allowed)
        deadline = desk.clock.monotonic() + desk.settings.patience.send
        begun = intent(desk, self._outside.journal.id, submit, plan.prices.currency)
        beginning = await self._outside.journal.begin(begun, terms, self._knowledge.lineage.position)
        match beginning:
            case Begun(recorded=recorded):
                await self._learn(recorded)
                self._posting += 1
                name = (begun.take, begun.number)
                self._errands.begin(name, self._post, desk, begun, submit, deadline)
                return True
            case NoSlot():
                return False
            case Stale() | Taken() | OverBudget():
                # Something was written that this decision did not know: a person's word, or an answer.
                position = self._knowledge.lineage.position
                await self._read_on()
                assert self._knowledge.lineage.position > position, f"{beginning} though nothing is new"
                self._replan()
                return True
            case _:
                assert_never(beginning)

    async def _post(self, desk: Desk, begun: AttemptBegun, submit: Submit, deadline: float) -> None:
        try:
            await post(desk, begun, submit, deadline)
        finally:
            self._posting -= 1

    async def _rest(self, changed: anyio.Event) -> None:
        """Until something has happened here or elsewhere, or a gate opens."""
        pause = self._outside.glance
        for account, desk in self._desks.items():
            opens = desk.gate.opens_in(desk.clock.monotonic(), desk.in_the_air())
            if opens is not None and self._knowledge.next_ready(account) is not None:
                pause = min(pause, max(opens, 0.001))
        with anyio.move_on_after(pause):
            await changed.wait()

    # ---- acts

    def _start(self, action: Action) -> None:
        """Start what is not in hand yet; submissions wait in the queue for their gate."""
        if self._draining:
            return
        match action:
            case Watch():
                name = (action.take, action.attempt.begun.number)
                self._errands.begin(name, watch, self._desk_of(action.take), action)
            case Reconcile():
                name = (action.take, action.begun.number)
                self._errands.begin(name, reconcile, self._desk_of(action.take), action)
            case Keep():
                self._errands.begin((action.take, "keep"), keep, self._desk_of(action.take), action)
            case Adopt():
                desk = self._desks[action.account]
                self._errands.begin((action.take, "adopt"), adopt, desk, action)
            case Submit() | Wait() | Hold() | Finish():
                pass
            case _:
                assert_never(action)

    def _start_publishing(self, view: ChainView) -> None:
        name = (view.plan, view.chain.name)
        # A film of before is not replaced by the beginning of one.
        ended = any(isinstance(each, Finish) and each.ending is not Ending.PAUSED for each in view.next)
        if not ended or view.tip is None or view.tip.kept is None:
            return
        if self._published.get(name) != view.tip.take:
            self._published[name] = view.tip.take
            self._errands.begin((None, name), self._publish, view, view.tip.kept.path)

    async def _publish(self, view: ChainView, path: str) -> None:
        plan = self._knowledge.plans[view.plan]
        film = await self._outside.archive.publish(plan, view.chain.name, path)
        self._films[view.plan, view.chain.name] = film

    def _ended(self, name: Errand) -> None:
        if name[0] is not None:
            self._knowledge.look_again(name[0])
        self._wake()

    def _desk_of(self, take: TakeKey) -> Desk:
        return self._desks[self._knowledge.lineage.account_of(take) or ""]

    # ---- facts

    async def _record(self, *facts: Fact) -> None:
        for recorded in await self._outside.journal.append(facts):
            await self._learn(recorded)
        self._wake()

    async def _learn(self, recorded: Recorded) -> None:
        """Take in a fact of ours, after all that were written before it, whoever wrote them."""
        position = self._knowledge.lineage.position
        if recorded.position == position + 1:
            self._take_in(recorded)
        elif recorded.position > position:
            await self._read_on()

    async def _read_on(self) -> None:
        for recorded in await self._outside.journal.read(self._knowledge.lineage.position):
            if recorded.position > self._knowledge.lineage.position:
                self._take_in(recorded)

    def _take_in(self, recorded: Recorded) -> None:
        self._knowledge.learn(recorded)
        self._outside.reporter.happened(recorded, self._knowledge.lineage)

    def _fail(self, error: OrchestratorError) -> None:
        """This run cannot go on: the first reason is kept, what was sent is still waited for."""
        self._error = self._error or error
        self.drain()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

"""A life of runs on one virtual time: plans come and go, runs are cut short, a person has a word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import anyio
import trio
import trio.testing

from orchestrator.budget import ledger
from orchestrator.facts import (
    AttemptResolved,
    Fact,
    Recorded,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TakeWanted,
    Verdict,
)
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan
from orchestrator.planner import (
    ChainView,
    Forecast,
    Hold,
    Need,
    Run,
    StepView,
    forecast,
    views_of,
)
from orchestrator.runner import Result
from orchestrator.sandbox import Payment, read_faults
from orchestrator.store import open_journal, open_reader
from tests.scenarios.auditing import Tap, audit, paid_as, unknown_payments, wish_of
from tests.scenarios.bookkeeping import Agreement, Book, Line, State
from tests.scenarios.drawn import PLANTED, PLANTS, Cut, Host, Word
from tests.scenarios.stage import Died, Reaper, Stage

T = TypeVar("T")

LONGEST = 7 * 24 * 3600
"""Seconds after which a run that has not ended never will."""


class Life:
    """One journal and one account, from the first run to the last; every act is a loop of its own."""

    def __init__(self, folder: Path, host: Host, slots: int = 3, concurrency: int = 3) -> None:
        self._time = trio.testing.MockClock(autojump_threshold=0)
        self._settings = replace(host.settings, concurrency=concurrency)
        self.agreed: dict[str, Agreement] = {}
        self.stage = self.act(lambda: self._born(folder, host, slots))
        self._tap = Tap(self.stage, PLANTED)

    async def _born(self, folder: Path, host: Host, slots: int) -> Stage:
        stage = Stage(folder, **host.options, slots=slots)
        for plant in PLANTS:
            stage.sandbox.account.plant(plant)
        return stage

    def act(self, do: Callable[[], Awaitable[T]]) -> T:
        """Go on with the same clock where the last act ended."""
        return trio.run(do, clock=self._time)

    def wait(self, seconds: float) -> None:
        self.act(lambda: anyio.sleep(seconds))

    # ---- runs

    def run(self, *plans: Plan, limits: Limits | None = None, cut: Cut | None = None) -> Result | None:
        """One run, perhaps cut short, and the audit after it; None when it died."""
        ours = [self.placed(plan) for plan in plans]
        result = self.act(lambda: self._run(ours, limits or Limits(), cut))
        self.audit()
        return result

    async def _run(self, plans: list[Plan], limits: Limits, cut: Cut | None) -> Result | None:
        await anyio.sleep(1)  # a run is known by the time at which it began
        run = f"run-{self.stage.clock.milliseconds()}"
        self.agreed[run] = Agreement({plan.name: plan for plan in plans}, limits)
        reaper = Reaper(dies_at=cut.at if cut is not None and cut.how == "dies" else None)
        result = None
        try:
            async with anyio.create_task_group() as tasks:
                if cut is not None and cut.how != "dies":
                    tasks.start_soon(self._cut, cut, tasks.cancel_scope)
                with anyio.move_on_after(LONGEST) as endless:
                    result = await self.stage.run(*plans, reaper=reaper, limits=limits, transport=self._tap)
                assert not endless.cancelled_caught, f"no end: {self.stage.notes.messages[-3:]}"
                tasks.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            _, others = group.split(Died)
            if others is not None:
                raise
        return result

    async def _cut(self, cut: Cut, scope: anyio.CancelScope) -> None:
        await anyio.sleep(cut.at)
        match cut.how:
            case "cancelled":
                scope.cancel()
            case "drained" if self.stage.runner is not None:
                self.stage.runner.drain()
            case "word":
                plans = [plan for each in list(self.agreed.values())[-1:] for plan in each.plans.values()]
                await self.say(cut.word, plans, running=True)

    def trouble(self, *rules: dict[str, Any]) -> None:
        """From now on, things go wrong by this script alone; without rules nothing does."""
        faults = self.stage.sandbox.account._faults
        faults.rules, faults.counts = read_faults(list(rules)), [0] * len(rules)

    # ---- looking

    def audit(self) -> Book:
        async def look() -> Book:
            return audit(self.stage, self.agreed)

        return self.act(look)

    def book(self) -> Book:
        """The journal as the bookkeeper reads it."""
        return Book(self.agreed).read(self.recorded())

    def recorded(self) -> tuple[Recorded, ...]:
        """Every fact so far."""
        if not self.stage.home.exists:
            return ()
        with open_reader(self.stage.home.journal) as reader:
            return tuple(reader.facts())

    def lineage(self) -> Lineage:
        return Lineage(self.recorded())

    def placed(self, plan: Plan) -> Plan:
        """The plan for this provider."""
        return replace(plan, provider=self._settings)

    def now(self) -> datetime:
        async def look() -> datetime:
            return self.stage.clock.now()

        return self.act(look)

    def payments(self) -> tuple[Payment, ...]:
        """All that was ever charged, refunded or not."""

        async def look() -> tuple[Payment, ...]:
            return self._statement()

        return self.act(look)

    def _statement(self) -> tuple[Payment, ...]:
        account = self.stage.sandbox.account
        return account.world.payments(account.now())

    def foreseen(self, plan: Plan) -> Forecast:
        """What a run of this plan would do now."""
        lineage, now = self.lineage(), self.now()
        return forecast(
            self.placed(plan), self._views(self.placed(plan), lineage, now), lineage, ledger(lineage), now
        )

    def _views(self, plan: Plan, lineage: Lineage, now: datetime) -> dict[str, ChainView]:
        return views_of(plan, lineage, ledger(lineage), now, Run("foreseen", lineage.position, now))

    # ---- a person

    def word(self, word: Word, *plans: Plan) -> None:
        """A person's word between two runs, and the audit after it."""
        ours = [self.placed(plan) for plan in plans]
        if self.stage.home.exists:
            self.act(lambda: self.say(word, ours))
            self.audit()

    async def say(self, word: Word, plans: Iterable[Plan], *, running: bool = False) -> None:
        """Write down what the word means now; nothing where there is nothing to say it of."""
        facts = list(self._facts(word, plans, running))
        if facts:
            await self.tell(facts[word.which % len(facts)])

    async def tell(self, fact: Fact) -> None:
        with open_journal(self.stage.home, submitter=False) as journal:
            await journal.append([fact])

    def _facts(self, word: Word, plans: Iterable[Plan], running: bool) -> list[Fact]:
        now, lineage = self.stage.clock.now(), self.stage.lineage
        match word.act:
            case "resolve":
                book = audit(self.stage, self.agreed)
                # What was sent a moment ago is nobody's to judge while it may still arrive.
                lines = [line for line in book.lines.values() if line.slot_until is not None or not running]
                return [self.truth(line, book) for line in lines if line.state is State.SENT]
            case "abandon":
                book = audit(self.stage, self.agreed)
                return [self.abandoned(line) for line in book.lines.values() if line.open]
            case "retry":
                return [TakeRetried(now, key) for key in lineage.takes]
        return [
            self.about(word, view, step)
            for plan in plans
            for view in self._views(plan, lineage, now).values()
            for step in view.steps
        ]

    def about(self, word: Word, view: ChainView, step: StepView) -> Fact:
        """A person's word about a step that has been reached."""
        now, plan, chain, wish = self.stage.clock.now(), view.plan, view.chain.name, step.wish
        number = (word.number - 1) % len(step.takes) + 1
        match word.act:
            case "pick":
                return TakePicked(now, plan, chain, wish, number)
            case "reject":
                return TakeRejected(now, plan, chain, wish, number)
            case "more":
                return TakeWanted(now, plan, chain, wish, word.number)
        return StepApproved(now, plan, chain, wish)

    def answer(self, result: Result) -> None:
        """Pick the first take there is, and approve, wherever the run waits for that."""

        async def tell() -> None:
            for view in result.views:
                for hold in view.next:
                    if not isinstance(hold, Hold) or hold.need not in (Need.PICK, Need.REVIEW):
                        continue
                    step = next(each for each in view.steps if each.place == hold.place)
                    made = next(take.number for take in step.takes if take.video and not take.rejected)
                    act: Any = "pick" if hold.need is Need.PICK else "approve"
                    await self.tell(self.about(Word(act, number=made), view, step))

        self.act(tell)

    def truth(self, line: Line, book: Book) -> AttemptResolved:
        """What somebody says who looks at the provider's statement."""
        begun = line.begun
        for payment in unknown_payments(book, self._statement()):
            if paid_as(payment) == wish_of(begun) and payment.external_task_id in ("", begun.external_id):
                return AttemptResolved(
                    self.stage.clock.now(), begun.take, begun.number, Verdict.TASK, payment.task_id
                )
        return AttemptResolved(self.stage.clock.now(), begun.take, begun.number, Verdict.NOT_SUBMITTED)

    def abandoned(self, line: Line) -> AttemptResolved:
        """Somebody waits no more."""
        now, begun = self.stage.clock.now(), line.begun
        return AttemptResolved(now, begun.take, begun.number, Verdict.ABANDONED)

"""Several processes on one journal, each with shares of its own that come and go; on virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from orchestrator.errors import DiskError, OrchestratorError
from orchestrator.facts import AttemptBegun, Recorded, TakePicked, VideoKept
from orchestrator.identity import StepKey
from orchestrator.plan import Chain, Plan
from orchestrator.planner import Run
from orchestrator.ports import Beginning, Intent, Journal
from orchestrator.provider import open_provider
from orchestrator.runner import DiskArchive, Loop, Outside, Share, whole
from orchestrator.store import open_journal
from tests.histories import steps
from tests.scenarios.stage import API, BORN, SOURCE, Stage, Wire, a_plan, in_line, with_chains

pytestmark = pytest.mark.anyio


@dataclass
class Process:
    """One loop among several; which shares have settled."""

    loop: Loop
    settled: list[Share] = field(default_factory=list)

    async def until_settled(self, *shares: Share) -> None:
        with anyio.fail_after(7200):
            while not set(shares) <= set(self.settled):
                await anyio.sleep(1)


@dataclass
class Unread:
    """A journal that others write as well, and that cannot be read just after two intents were written."""

    inner: Journal
    broken: bool = False
    together: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        await self.inner.append([TakePicked(BORN, "another", "c", StepKey("s"), 1)])
        found = await self.inner.begin(intents, expected)
        self.broken = self.broken or (len(intents) > 1 and not self.together)
        self.together = max(self.together, len(intents))
        return found

    async def read(self, after: int) -> tuple[Recorded, ...]:
        if self.broken:
            self.broken = False
            raise DiskError("for a moment it cannot be read")
        return await self.inner.read(after)


def fail(error: OrchestratorError) -> None:
    raise AssertionError(error)


@asynccontextmanager
async def process(
    stage: Stage,
    name: str,
    *plans: Plan,
    written: Callable[[Journal], Journal] = lambda journal: journal,
    failed: Callable[[OrchestratorError], None] = fail,
) -> AsyncIterator[Process]:
    """A process that submits beside others, as one of a cluster does."""
    with open_journal(stage.home, submitter=False) as opened:
        journal = written(opened)
        settings = plans[0].provider
        environ = {"KLING_API_KEY": "k"}
        wire = Wire(stage.sandbox.app)
        async with open_provider(
            settings, base_url=API, environ=environ, clock=stage.clock, transport=wire
        ) as provider:
            archive = DiskArchive(stage.home.folder, in_line, stage.bounds)
            outside = Outside(
                journal, {settings.account: provider}, archive, stage.clock, stage.notes, glance=1
            )
            settled: list[Share] = []
            run = Run(name, 0, stage.clock.now())
            loop = Loop(outside, run, failed, settled.append, alone=False)
            await loop.begin()
            async with anyio.create_task_group() as tasks:
                await tasks.start(loop.work, lambda: False)
                yield Process(loop, settled)
                tasks.cancel_scope.cancel()


def two_chains() -> Plan:
    plan = a_plan("one", "two", "three")
    return with_chains(plan, Chain("d", SOURCE, steps("four", "five", "six")))


NEEDED = Counter(["one", "two", "three", "four", "five", "six"])


def share_of(plan: Plan, chain: str, of: Process) -> Share:
    return Share(plan, (chain,), of.loop.run)


def paid(stage: Stage) -> Counter[str | None]:
    return Counter(payment.prompt for payment in stage.payments)


async def test_each_tends_what_is_its_own(tmp_path: Path) -> None:
    """Two processes with a chain each pay for each step once, and neither fetches the other's files."""
    stage, plan = Stage(tmp_path), two_chains()
    async with process(stage, "x", plan) as one, process(stage, "y", plan) as other:
        first, second = share_of(plan, "c", one), share_of(plan, "d", other)
        one.loop.take_on(first)
        other.loop.take_on(second)
        await one.until_settled(first)
        await other.until_settled(second)
    assert paid(stage) == NEEDED
    facts = [recorded.fact for recorded in stage.facts()]
    kept = Counter(fact.take for fact in facts if isinstance(fact, VideoKept))
    made = {fact.take for fact in facts if isinstance(fact, AttemptBegun)}
    assert {kept[take] for take in made} == {1}


async def test_what_is_written_down_as_begun_is_sent_whatever_comes_between(tmp_path: Path) -> None:
    """A journal that cannot be read just then leaves no intent unsent, which a person would have to judge."""
    stage, plan, errors = Stage(tmp_path), two_chains(), list[OrchestratorError]()
    journals: list[Unread] = []

    def written(journal: Journal) -> Journal:
        journals.append(Unread(journal))
        return journals[0]

    async with process(stage, "x", plan, written=written, failed=errors.append) as one:
        both = Share(plan, ("c", "d"), one.loop.run)
        one.loop.take_on(both)
        await one.until_settled(both)
    assert journals[0].together == 2
    assert [str(error) for error in errors] == ["for a moment it cannot be read"]
    assert paid(stage) == NEEDED
    begun = [each.fact.number for each in stage.facts() if isinstance(each.fact, AttemptBegun)]
    assert begun == [1] * 6


async def test_what_one_gives_back_another_goes_on_with(tmp_path: Path) -> None:
    """A share that changes hands while its task is in the air is gone on with, and nothing is paid again."""
    stage, plan = Stage(tmp_path), two_chains()
    async with process(stage, "x", plan) as one, process(stage, "y", plan) as other:
        given = share_of(plan, "c", one)
        one.loop.take_on(given)
        while not stage.payments:
            await anyio.sleep(1)
        await one.loop.give_back(given)
        taken = share_of(plan, "c", other)
        other.loop.take_on(taken)
        await other.until_settled(taken)
        assert paid(stage) == Counter(["one", "two", "three"])
        assert one.settled == []


async def test_a_share_may_be_taken_on_again(tmp_path: Path) -> None:
    """Who gives a share back and gets it once more knows it as if for the first time."""
    stage, plan = Stage(tmp_path), two_chains()
    async with process(stage, "x", plan) as one:
        for _ in range(3):
            share = share_of(plan, "d", one)
            one.loop.take_on(share)
            await anyio.sleep(30)
            await one.loop.give_back(share)
        again = whole(plan, one.loop.run)
        one.loop.take_on(again)
        await one.until_settled(again)
    assert paid(stage) == NEEDED


async def test_two_that_believe_to_own_the_same_pay_once(tmp_path: Path) -> None:
    """Who woke up late, and does not know that its share is another's now, pays for nothing twice."""
    stage, plan = Stage(tmp_path), two_chains()
    async with process(stage, "x", plan) as one, process(stage, "y", plan) as other:
        mine, too = whole(plan, one.loop.run), whole(plan, other.loop.run)
        one.loop.take_on(mine)
        other.loop.take_on(too)
        await one.until_settled(mine)
        await other.until_settled(too)
    assert paid(stage) == NEEDED


async def test_strays_are_tended_to_their_end(tmp_path: Path) -> None:
    """What is in the air for chains that nobody works on any more is watched, and its file kept."""
    stage, plan = Stage(tmp_path), two_chains()
    async with process(stage, "x", plan) as one, process(stage, "y", plan) as other:
        given = whole(plan, one.loop.run)
        one.loop.take_on(given)
        while len(stage.payments) < 2:
            await anyio.sleep(1)
        await one.loop.give_back(given)
        strays = frozenset(stage.lineage.open)
        assert len(strays) == 2
        tended = Share(plan, (), other.loop.run, strays)
        other.loop.take_on(tended)
        await other.until_settled(tended)
    assert not stage.lineage.open
    assert not stage.lineage.unkept
    assert len(stage.payments) == 2

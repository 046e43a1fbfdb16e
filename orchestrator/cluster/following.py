"""Follows plans that others work on, fact by fact, until nothing of them waits for a worker any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import anyio

from orchestrator.cluster.queue import Queue, QueueError
from orchestrator.facts import Fact, Recorded
from orchestrator.plan import Plan
from orchestrator.planner import Run
from orchestrator.ports import Clock, Journal, Reporter
from orchestrator.runner import Following, Knowledge, Result, result, whole

_GLANCE = 1.0
_LONELY = 15.0
"""Seconds between two looks whether there is a worker at all."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Plans, and the run under which workers have them."""

    plans: Sequence[Plan]
    run: Run


class Follower:
    """Knows what a run knows, and does nothing."""

    def __init__(self, journal: Journal, clock: Clock, reporter: Reporter) -> None:
        self._clock = clock
        self._reporter = reporter
        self._journal = journal
        self.knowledge = Knowledge(alone=False)
        self._following = Following(journal, self.knowledge.lineage, self._take_in)

    async def begin(self) -> None:
        """Read the journal to its end; what was written up to here is not told."""
        for recorded in await self._journal.read(0):
            self.knowledge.learn(recorded)

    def now(self) -> datetime:
        """The time that counts for all."""
        return self._clock.now()

    async def record(self, *facts: Fact) -> None:
        """Write facts of one's own."""
        await self._following.record(*facts)

    async def follow(self, queue: Queue, followed: Followed, left: anyio.Event) -> Result:
        """Tell what happens until the workers are done with the plans, or somebody has left."""
        for plan in followed.plans:
            self.knowledge.take_on(whole(plan, followed.run))
        looked = -_LONELY
        going = True
        while going and not left.is_set():
            await self._tell()
            if anyio.current_time() - looked >= _LONELY:
                looked = anyio.current_time()
                await self._mind_workers(queue)
            with anyio.move_on_after(_GLANCE):
                await left.wait()
            going = await self._goes_on(queue, followed.plans)
        await self._tell()
        now = self._clock.now()
        names = [(plan.name, chain.name) for plan in followed.plans for chain in plan.chains]
        views = [self.knowledge.view(name, now) for name in names]
        ended = result(self.knowledge, views, followed.plans, followed.run, now)
        return replace(ended, drained=going)

    async def _tell(self) -> None:
        await self._following.catch_up()
        for view in self.knowledge.replan(self._clock.now()):
            self._reporter.planned(view)

    async def _goes_on(self, queue: Queue, plans: Sequence[Plan]) -> bool:
        try:
            return await queue.going([plan.name for plan in plans])
        except QueueError as error:
            self._reporter.said(f"{error}; still following")
            return True

    async def _mind_workers(self, queue: Queue) -> None:
        try:
            if await queue.workers() == 0:
                self._reporter.said(f"no worker is there: orchestrate worker --state {queue.place}")
        except QueueError as error:
            self._reporter.said(f"{error}; still following")

    def _take_in(self, recorded: Recorded) -> None:
        self.knowledge.learn(recorded)
        self._reporter.happened(recorded, self.knowledge.lineage)

"""What is in the air for chains that nobody works on is handed out, whoever held them a moment ago."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from procrastinate.jobs import Status

from orchestrator.cluster import Queue, Worker, handovers, open_queue
from orchestrator.cluster.fence import Fence
from orchestrator.facts import RunBegan
from orchestrator.identity import TakeKey
from orchestrator.plan import Chain, Plan, ProviderSettings
from orchestrator.runner import Outside
from tests.benchmarks.nights import Nowhere
from tests.histories import NOW, History, steps
from tests.runner.air import Quiet
from tests.scenarios.stage import SOURCE, a_plan, with_chains
from tests.store.memory import MemoryJournal

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Clock:
    """Time goes by when it is told to."""

    seconds: float = field(default=100.0)

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.seconds


def plan_in_the_air() -> tuple[Plan, MemoryJournal, list[TakeKey]]:
    """Two chains that do not hang together, and a task in the air for each."""
    other = Chain("d", SOURCE, steps("two"))
    plan = with_chains(a_plan("one", text="one"), other)
    history = History(plan)
    history.write(RunBegan(NOW, "r", plan.name, None, plan.digest, plan.text)).adopt()
    begun = [history.start(), history.start()]
    return plan, MemoryJournal(facts=history.facts), [each.take for each in begun]


async def unreached(settings: ProviderSettings) -> None:
    raise AssertionError(f"no share is worked on here: {settings}")


async def strays(queue: Queue) -> set[TakeKey]:
    return {key for each in await queue.live() for key in each.strays}


async def test_what_is_left_in_the_air_is_handed_out_whoever_was_seen_to_hold_it(postgres_url: str) -> None:
    """A look while shares are still being given back, or while strays wait, delays nothing for minutes."""
    plan, journal, takes = plan_in_the_air()
    clock = Clock()
    async with open_queue(postgres_url, "here") as queue:
        fence = queue.app.job_manager
        assert isinstance(fence, Fence)
        outside = Outside(journal, {}, Nowhere(), clock, Quiet())
        worker = Worker(outside, "w", unreached, lambda: open_queue(postgres_url, "here"), 1)
        await worker.loop.begin()

        async def look() -> set[TakeKey]:
            clock.seconds += 30
            await worker.look_round(queue)
            return await strays(queue)

        await queue.hand_over(handovers(plan, worker.loop.run))
        number = await fence.register_worker()
        held = await fence.fetch_job(["share"], number)
        assert held is not None
        assert held.id is not None
        assert await look() == set()
        assert await queue.cancel(plan.name) == 2
        (waiting,) = await look()
        # The one that was held is given back only now, while strays of the account wait already.
        await fence.finish_job_by_id_async(held.id, Status.ABORTED, delete_job=False)
        assert await look() == {waiting}
        assert await fence.fetch_job(["share"], number) is not None
        assert await look() == set(takes)

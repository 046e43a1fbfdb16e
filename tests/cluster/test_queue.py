"""The queue on a real PostgreSQL: nothing twice, nothing lost, and nobody ends what is another's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from procrastinate.jobs import Job, Status

from orchestrator.cluster import Handover, Queue, QueueError, handovers, open_queue
from orchestrator.cluster.fence import Fence
from orchestrator.plan import Chain, Plan
from orchestrator.planner import Run
from tests.histories import SOURCE, steps
from tests.scenarios.stage import a_plan, with_chains

pytestmark = pytest.mark.anyio

RUN = Run("r", 7, datetime(2026, 11, 1, 12, tzinfo=UTC))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def plan_of(chains: int, prompt: str = "one") -> Plan:
    more = [Chain(f"d{number}", SOURCE, steps(f"{prompt} {number}")) for number in range(chains - 1)]
    return with_chains(a_plan(prompt, text=prompt), *more)


def shares(chains: int, prompt: str = "one") -> tuple[Handover, ...]:
    return handovers(plan_of(chains, prompt), RUN)


@asynccontextmanager
async def worker(url: str) -> AsyncIterator[tuple[Queue, Fence, int]]:
    """A queue as a worker has it, and the number the engine knows the worker by."""
    async with open_queue(url, "here") as queue:
        fence = queue.app.job_manager
        assert isinstance(fence, Fence)
        yield queue, fence, await fence.register_worker()


async def fetched(fence: Fence, number: int) -> list[Job]:
    found = []
    while (share := await fence.fetch_job(["share"], number)) is not None:
        found.append(share)
    return found


async def test_who_hands_over_twice_hands_over_once(postgres_url: str) -> None:
    """Two people who hand the same plan over at once have its work done once."""
    async with open_queue(postgres_url, "here") as queue:
        assert await queue.hand_over(shares(3)) == 3
        assert await queue.hand_over(shares(4)) == 1
        assert len(await queue.live("p")) == 4
        assert await queue.live("another") == ()


async def test_a_share_has_one_worker(postgres_url: str) -> None:
    """However many ask, each share goes to one of them, and each takes its part."""
    async with worker(postgres_url) as (queue, one, first), worker(postgres_url) as (_, other, second):
        await queue.hand_over(shares(6))
        mine, theirs = await fetched(one, first), await fetched(other, second)
        assert (len(mine), len(theirs)) == (3, 3)
        assert len({each.id for each in (*mine, *theirs)}) == 6


async def test_shares_of_the_dead_go_to_the_living(postgres_url: str) -> None:
    """A worker that is not heard of loses its shares, and cannot end or put back what is another's now."""
    async with worker(postgres_url) as (queue, dead, first), worker(postgres_url) as (_, living, second):
        await queue.hand_over(shares(2))
        old = [*await fetched(dead, first)]
        await age(queue, first)
        assert await living.put_back_stalled() == len(old) == 1
        taken = await fetched(living, second)
        assert {each.id for each in taken} >= {each.id for each in old}
        numbers = {each.id for each in old if each.id is not None}
        assert await dead.lost(numbers, first) == numbers
        assert await living.lost(numbers, second) == set()
        await dead.finish_job(old[0], Status.SUCCEEDED, False)
        await dead.retry_job(old[0])
        assert await living.lost(numbers, second) == set()
        assert await living.put_back_stalled() == 0


async def test_a_share_that_was_handed_over_once_more_is_not_in_its_own_way(postgres_url: str) -> None:
    """Two hand over at once, a share is fetched in between, its worker dies: others go on with it."""
    async with worker(postgres_url) as (queue, dead, first), worker(postgres_url) as (_, living, second):
        await queue.hand_over(shares(1))
        assert len(await fetched(dead, first)) == 1
        assert await queue.hand_over(shares(1)) == 1
        await age(queue, first)
        await living.put_back_stalled()
        assert len(await fetched(living, second)) == 1
        assert len(await queue.live("p")) == 1


async def test_who_does_not_get_on_loses_what_it_has(postgres_url: str) -> None:
    """A worker whose engine turns while its own work hangs is not heard of, and fetches nothing."""
    async with worker(postgres_url) as (queue, unwell, first), worker(postgres_url) as (_, living, second):
        await queue.hand_over(shares(2))
        assert len(await fetched(unwell, first)) == 1
        unwell.well = lambda: False
        await age(queue, first)
        await unwell.update_heartbeat(first)
        assert await fetched(unwell, first) == []
        assert await living.put_back_stalled() == 1
        assert len(await fetched(living, second)) == 2


async def test_cancelled_shares_are_fetched_by_nobody(postgres_url: str) -> None:
    """Who cancels a plan stops what waits, and asks those who work on it to stop."""
    async with worker(postgres_url) as (queue, fence, number):
        await queue.hand_over(shares(3))
        assert len(await fetched(fence, number)) == 3
        await queue.hand_over(handovers(plan_of(2, "two"), RUN))
        assert await queue.cancel("p", keep=plan_of(2, "two").digest) == 3
        assert await queue.cancel("p", keep=plan_of(2, "two").digest) == 0
        assert await queue.cancel("p") == 2
        assert len(list(await fence.list_jobs_to_abort_async())) == 3


async def test_what_was_done_is_handed_over_again_after_a_persons_word(postgres_url: str) -> None:
    """A pick reaches workers that had nothing left to do; what was cancelled stays so."""
    async with worker(postgres_url) as (queue, fence, number):
        await queue.hand_over(shares(2))
        done, stopped = await fetched(fence, number)
        await fence.finish_job(done, Status.SUCCEEDED, False)
        await fence.finish_job(stopped, Status.ABORTED, False)
        assert not await queue.going(["p"])
        assert await queue.hand_over_again("p") == 1
        assert await queue.going(["p"])


async def test_a_queue_that_is_away_is_named_without_its_password() -> None:
    """What people read says where, and no secret."""
    with pytest.raises(QueueError, match="the queue in here cannot be reached") as caught:
        async with open_queue("postgresql://postgres:secret-of-tests@127.0.0.1:1/none", "here", patience=1):
            pass
    assert "secret" not in str(caught.value)


async def age(queue: Queue, worker_number: int) -> None:
    """Nothing has been heard of this worker for long."""
    statement = (
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %(id)s"
    )
    await queue.app.connector.execute_query_async(statement, id=worker_number)

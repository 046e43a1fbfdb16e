"""Lets procrastinate's worker fetch shares, and watches over whose they are: ours, or those of the dead."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

import anyio
from procrastinate.job_context import AbortReason, JobContext
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker as Engine

from orchestrator.cluster.fence import HEARTBEAT, STALLED, Fence
from orchestrator.cluster.handover import Handover
from orchestrator.cluster.queue import NAME, Queue, QueueError, translated

_GLANCE = 1.0
"""Seconds between two questions for shares that were put back, which the engine tells nobody of."""


class PutBackError(Exception):
    """This worker leaves the share to others, to be fetched after so many seconds at the earliest."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Duty(Protocol):
    """What a worker does with shares; `number` names one while it is held."""

    async def perform(self, handover: Handover, number: int) -> None:
        """Work on it until it has settled; PutBackError to leave it to others."""
        ...

    @property
    def well(self) -> bool:
        """What it has in hand goes on; where it does not, others take it over."""
        ...

    def lose(self, numbers: Set[int]) -> None:
        """These are another worker's by now."""
        ...

    def bury(self, count: int) -> None:
        """So many shares of workers that are not heard of any more were put back."""
        ...

    async def look_round(self, queue: Queue) -> None:
        """Time has gone by: is there anything that nobody tends?"""
        ...


class _LeftToOthers(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        if not isinstance(exception, PutBackError):
            return None
        if exception.seconds:
            return RetryDecision(retry_in={"seconds": int(exception.seconds)})
        return RetryDecision()


async def serve(queue: Queue, duty: Duty, concurrency: int, drained: anyio.Event, former: set[int]) -> None:
    """Fetch and perform shares until that is set and all are given back; QueueError where it is lost.

    `former` are the numbers under which this process was known before it lost the queue.
    """
    held: set[int] = set()
    fence = queue.app.job_manager
    assert isinstance(fence, Fence)
    fence.well = lambda: duty.well

    async def share(context: JobContext, /, **arguments: object) -> None:
        number = context.job.id
        assert number is not None, "a share that was fetched has its number"
        held.add(number)
        try:
            await duty.perform(Handover.from_json(arguments), number)
        except anyio.get_cancelled_exc_class():
            # A person who cancels means it; an engine that goes down does not.
            if context.abort_reason() is AbortReason.SHUTDOWN:
                raise PutBackError from None
            raise
        finally:
            held.discard(number)

    queue.app.task(name=NAME, queue=NAME, pass_context=True, retry=_LeftToOthers())(share)
    engine = _engine(queue, concurrency)
    lost: QueueError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop, engine, drained)
        tasks.start_soon(_watch_over, queue, fence, engine, duty, held, former)
        try:
            with translated(queue.place):
                await engine.run()  # type: ignore[no-untyped-call]
        except QueueError as error:
            lost = error
        tasks.cancel_scope.cancel()
    if not drained.is_set():
        raise lost or QueueError(f"the queue in {queue.place} broke off")


def _engine(queue: Queue, concurrency: int) -> Engine:
    return Engine(
        queue.app,
        queues=[NAME],
        name="orchestrate",
        concurrency=concurrency,
        fetch_job_polling_interval=_GLANCE,
        abort_job_polling_interval=_GLANCE,
        # Where the database is gone there is nothing to wait for; a drain waits as long as it takes.
        shutdown_graceful_timeout=0.0,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=STALLED,
    )


async def _stop(engine: Engine, drained: anyio.Event) -> None:
    await drained.wait()
    engine.shutdown_graceful_timeout = None
    engine.stop()  # type: ignore[no-untyped-call]


async def _watch_over(
    queue: Queue, fence: Fence, engine: Engine, duty: Duty, held: set[int], former: set[int]
) -> None:
    while True:
        try:
            with translated(queue.place):
                if (count := await fence.put_back_stalled()) > 0:
                    duty.bury(count)
                if engine.worker_id is not None:
                    for each in former - {engine.worker_id}:
                        await fence.put_back_of(each)
                    former.clear()
                    former.add(engine.worker_id)
                    duty.lose(await fence.lost(set(held), engine.worker_id))
            await duty.look_round(queue)
        except QueueError:
            pass  # the engine itself finds out, and `serve` ends with it
        await anyio.sleep(HEARTBEAT)

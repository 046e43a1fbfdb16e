"""Keeps workers off one another's shares: the dead end nothing, the unwell and the sated take nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

from procrastinate.connector import BaseConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import RetryDecision

STALLED = 12.0
"""Seconds without a heartbeat after which a worker's shares are given to others."""

HEARTBEAT = 3.0

_FRESH = 1.0
"""Seconds for which a count of shares and workers is used again."""

# `worker_id` is the fence: it changes hands with the share, in the statement that fetches it.
_HELD = """
    WITH held AS MATERIALIZED (
        SELECT id FROM procrastinate_jobs
        WHERE id = %(id)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %(worker)s FOR UPDATE)"""
_END = f"{_HELD} SELECT procrastinate_finish_job_v1(id, %(status)s, %(delete)s) FROM held"  # noqa: S608
_PUT_BACK = f"{_HELD} SELECT procrastinate_retry_job_v2(id, %(at)s, NULL, NULL, NULL) FROM held"  # noqa: S608
_MINE = """
    SELECT id FROM procrastinate_jobs
    WHERE id = ANY(%(ids)s) AND status = 'doing' AND worker_id = %(worker)s"""
_COUNT = """
    SELECT (SELECT count(*) FROM procrastinate_jobs
            WHERE queue_name = %(queue)s AND status IN ('todo', 'doing')) AS shares,
           (SELECT count(*) FROM procrastinate_workers
            WHERE last_heartbeat > now() - %(seconds)s * interval '1 second') AS workers"""


class Fence(JobManager):
    """The engine's own book-keeping, where each statement holds only for who holds the share.

    `well` says whether this worker's own work goes on.
    """

    def __init__(self, connector: BaseConnector, queue: str) -> None:
        super().__init__(connector)
        self.well: Callable[[], bool] = lambda: True
        self._queue = queue
        self._held: set[int] = set()
        self._part = 0
        self._counted = -math.inf

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next share, unless this worker has its part of all there are, or is not well."""
        if not self.well() or len(self._held) >= await self._fair():
            return None
        found = await super().fetch_job(queues, worker_id)
        if found is not None and found.id is not None:
            self._held.add(found.id)
        return found

    async def update_heartbeat(self, worker_id: int) -> None:
        """It is alive, if it is well: an engine that turns says nothing of the work it is there for."""
        if self.well():
            await super().update_heartbeat(worker_id)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """It is over, if it is still this worker's."""
        await self._do(_END, job, status=status.value, delete=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: Any = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """It is for others again, if it is still with whom it was."""
        decision = RetryDecision(retry_at=retry_at, priority=priority, queue=queue, lock=lock)
        try:
            await self._do(_PUT_BACK, job, at=decision.retry_at)
        except UniqueViolation:
            # The same share was handed over once more meanwhile, and waits until this one is out of its way.
            await self.finish_job(job, Status.ABORTED, delete_job=False)

    async def lost(self, ids: set[int], worker: int) -> set[int]:
        """Which of these are not this worker's any more."""
        rows = await self.connector.execute_query_all_async(_MINE, ids=list(ids), worker=worker)
        return ids - {row["id"] for row in rows}

    async def put_back_of(self, worker: int) -> None:
        """Give the shares of this one to others, whatever its heartbeat."""
        for each in await self.list_jobs_async(queue=self._queue, status="doing", worker_id=worker):
            await self.retry_job(each)

    async def put_back_stalled(self) -> int:
        """Give the shares of dead workers to the living; how many."""
        stalled = list(await self.get_stalled_jobs(queue=self._queue, seconds_since_heartbeat=STALLED))
        for each in stalled:
            await self.retry_job(each)
        return len(stalled)

    async def _do(self, statement: str, job: Job, **values: Any) -> None:
        assert job.id is not None
        await self.connector.execute_query_async(statement, id=job.id, worker=job.worker_id, **values)
        self._held.discard(job.id)

    async def _fair(self) -> int:
        if time.monotonic() - self._counted > _FRESH:
            row = await self.connector.execute_query_one_async(_COUNT, queue=self._queue, seconds=STALLED)
            self._part = math.ceil(row["shares"] / max(1, row["workers"]))
            self._counted = time.monotonic()
        return self._part

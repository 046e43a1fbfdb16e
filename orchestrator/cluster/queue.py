"""Shares in procrastinate's tables: handed over once, worked on by one worker at a time, cancelled."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import psycopg
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from psycopg_pool import AsyncConnectionPool

from orchestrator.cluster.connector import Connector
from orchestrator.cluster.fence import STALLED, Fence
from orchestrator.cluster.handover import Handover
from orchestrator.errors import StateError
from orchestrator.store import BOUNDED, KEPT_ALIVE

SCHEMA = "orchestrate_queue"
NAME = "share"

_TOGETHER = 500
"""Shares that are handed over in one statement."""

_CONNECTED: dict[str, Any] = {
    **KEPT_ALIVE,
    "application_name": "orchestrate queue",
    "options": " ".join(f"-c {name}={value}" for name, value in (BOUNDED | {"search_path": SCHEMA}).items()),
}

# The engine's own table and columns, read where it has no question of its own for it.
_LIVE = """
    SELECT args FROM procrastinate_jobs
    WHERE queue_name = %(queue)s AND status IN ('todo', 'doing')
      AND (%(plan)s::text IS NULL OR args->>'plan' = %(plan)s)
    ORDER BY id"""
_GOING = """
    SELECT 1 FROM procrastinate_jobs
    WHERE queue_name = %(queue)s AND status IN ('todo', 'doing') AND args->>'plan' = ANY(%(plans)s)
      AND jsonb_array_length(args->'strays') = 0
    LIMIT 1"""
_TO_CANCEL = """
    SELECT id FROM procrastinate_jobs
    WHERE queue_name = %(queue)s AND status IN ('todo', 'doing') AND NOT abort_requested
      AND args->>'plan' = %(plan)s AND jsonb_array_length(args->'strays') = 0
      AND args->>'digest' IS DISTINCT FROM %(keep)s"""
_LAST = """
    SELECT DISTINCT ON (lock) args, status FROM procrastinate_jobs
    WHERE queue_name = %(queue)s AND jsonb_array_length(args->'strays') = 0
      AND (%(plan)s::text IS NULL OR args->>'plan' = %(plan)s)
    ORDER BY lock, id DESC"""
_WORKERS = """
    SELECT count(*) AS count FROM procrastinate_workers
    WHERE last_heartbeat > now() - %(seconds)s * interval '1 second'"""


# What they have to say is said by us, in a line; `-v` shows it all.
for _library in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


class QueueError(StateError):
    """The queue cannot be reached, or its engine gave way: to be tried again."""


class Queue:
    """Raises only `QueueError`s."""

    def __init__(self, app: App, place: str) -> None:
        self.app = app
        self.place = place

    async def hand_over(self, handovers: Sequence[Handover]) -> int:
        """Put them where workers find them, longest first; how many were not waiting there already."""
        added = 0
        for begin in range(0, len(handovers), _TOGETHER):
            added += await self._defer(handovers[begin : begin + _TOGETHER])
        return added

    async def live(self, plan: str | None = None) -> tuple[Handover, ...]:
        """What waits for a worker or is worked on."""
        rows = await self._ask(_LIVE, plan=plan)
        return tuple(Handover.from_json(row["args"]) for row in rows)

    async def going(self, plans: Sequence[str]) -> bool:
        """Something of these plans waits for a worker or is worked on."""
        rows = await self._ask(_GOING, plans=list(plans))
        return bool(rows)

    async def cancel(self, plan: str, *, keep: str | None = None) -> int:
        """Nobody begins anything more for the plan, unless its digest is `keep`; how many shares stop."""
        rows = await self._ask(_TO_CANCEL, plan=plan, keep=keep)
        with translated(self.place):
            for row in rows:
                await self.app.job_manager.cancel_job_by_id_async(row["id"], abort=True)
        return len(rows)

    async def hand_over_again(self, plan: str | None) -> int:
        """A person has said something: what workers were done with, of a plan or all, is looked at anew."""
        rows = await self._ask(_LAST, plan=plan)
        done = [Handover.from_json(row["args"]) for row in rows if row["status"] == "succeeded"]
        return await self.hand_over(done)

    async def workers(self) -> int:
        """How many workers were heard of lately."""
        rows = await self._ask(_WORKERS, seconds=STALLED)
        count: int = rows[0]["count"]
        return count

    async def _defer(self, handovers: Sequence[Handover]) -> int:
        tasks = [_task(handover) for handover in handovers]
        with translated(self.place):
            try:
                return len(await self.app.job_manager.batch_defer_jobs_async(tasks))
            except AlreadyEnqueued:
                if len(tasks) == 1:
                    return 0
        # One of them waits there already, and the engine takes all or none.
        return sum([await self._defer([each]) for each in handovers])

    async def _ask(self, question: str, **values: Any) -> list[dict[str, Any]]:
        with translated(self.place):
            return await self.app.connector.execute_query_all_async(question, queue=NAME, **values)


@asynccontextmanager
async def open_queue(url: str, place: str, *, patience: float = 10.0) -> AsyncIterator[Queue]:
    """The queue in that database, made when there is none; `place` is what people call it.

    QueueError where it cannot be reached within `patience` seconds, also later on.
    """
    connector = Connector()
    app = App(connector=connector)
    app.job_manager = Fence(connector, NAME)
    pool = AsyncConnectionPool(
        url,
        kwargs=_CONNECTED,
        min_size=1,
        max_size=4,
        timeout=patience,
        open=False,
        # A statement is a transaction: no worker that is cut off between the two leaves a share locked.
        configure=_by_statements,
        check=AsyncConnectionPool.check_connection,
    )
    try:
        with translated(place):
            await pool.open(wait=True, timeout=patience)
            await app.open_async(pool)
            await _prepare(app)
        yield Queue(app, place)
    finally:
        await pool.close()


async def _by_statements(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


async def _prepare(app: App) -> None:
    for trial in range(5):
        if await app.check_connection_async():
            return
        try:
            await app.connector.execute_query_async(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            await app.schema_manager.apply_schema_async()
        except ConnectorException:
            if trial == 4:
                raise
            await anyio.sleep(0.2)  # another process makes it at the same time, whole or not at all


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the engine and its connections become ours, with their cause kept and no URL in them."""
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        cause = error.__cause__ or error
        lines = [line for each in (cause, error) for line in str(each).splitlines() if line.strip()]
        said = next(iter(lines), type(cause).__name__)
        raise QueueError(f"the queue in {place} cannot be reached ({said})") from error


def _task(handover: Handover) -> Job:
    return Job(
        queue=NAME,
        task_name=NAME,
        lock=handover.lock,
        queueing_lock=handover.lock,
        priority=handover.steps,
        task_kwargs=handover.to_json(),
    )

"""One connection of a run, made when it is needed and again when it is lost, and transactions on it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import anyio
import psycopg

from orchestrator.store.database import ANSWER, Database
from orchestrator.store.postgres.connecting import CHANNEL, connect_async
from orchestrator.store.postgres.dialect import spoken
from orchestrator.store.postgres.standing import STANDING, Standing, read_standing
from orchestrator.store.postgres.transacting import LOCK
from orchestrator.store.postgres.troubles import LostError, translated
from orchestrator.store.recording import INSERT, LAST
from orchestrator.store.statements import Ask, Do, Row, Steps

_Connection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")


@dataclass(slots=True)
class Progress(Generic[T]):
    """How far a transaction came; `outcome` is what it came to, if its commit was sent."""

    outcome: T | None = None
    committing: bool = False


class Link:
    """Raises only `StateError`s; `LostError` where trying again may help. Not for two tasks at once."""

    def __init__(self, database: Database, opening: Standing) -> None:
        self._database = database
        self._identity = opening.identity
        self._connection: _Connection | None = None
        self._connections = 0
        self._news = False
        self._newest = 0
        self._stand(opening)

    def now(self) -> datetime:
        """The database's time as of its last answer, carried on by a clock that only grows."""
        at = datetime.fromtimestamp(_sleepless() + self._ahead, UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    async def transact(self, steps: Steps[T], progress: Progress[T]) -> T:
        """All that the steps say, committed when this returns; the commit is told to all who listen."""
        try:
            async with self._talking() as db:
                return await self._run(db, steps, progress)
        except LostError as error:
            error.perhaps = progress.committing
            raise

    async def ask(self, question: Ask) -> list[Row]:
        """The rows of one question, outside of any transaction."""
        async with self._talking() as db:
            return await (await db.execute(spoken(question.sql), question.values)).fetchall()

    async def do(self, act: Do) -> None:
        """One small change on its own, without the writers' lock, told to nobody."""
        async with self._talking() as db:
            for row in act.rows:
                await db.execute(spoken(act.sql), row)

    async def heard(self) -> bool:
        """Whether a commit of somebody else may have been told since this was last asked."""
        try:
            async with self._talking() as db:
                db.pgconn.consume_input()
                while (told := db.pgconn.notifies()) is not None:
                    self._hear(told.be_pid)
        except LostError:
            pass  # what was missed meanwhile is read once it is back
        news, self._news = self._news, False
        return news or self._connection is None

    def seen(self, position: int) -> None:
        """So far the journal goes at least: a database that says less from now on has lost facts."""
        self._newest = max(self._newest, position)

    def close(self) -> None:
        """Let the connection go, whatever is going on in it."""
        db, self._connection = self._connection, None
        if db is not None:
            db.pgconn.finish()

    @asynccontextmanager
    async def _talking(self) -> AsyncIterator[_Connection]:
        """The connection, which is let go unless all goes well; LostError where no answer comes in time.

        What a vanished client has not committed, the server rolls back.
        """
        whole = False
        try:
            with translated(self._database), anyio.fail_after(ANSWER):
                yield await self._connected()
            whole = True
        finally:
            if not whole:
                self.close()

    async def _connected(self) -> _Connection:
        if self._connection is None:
            self._connection = await connect_async(self._database)
            self._connection.add_notify_handler(lambda told: self._hear(told.pid))
            rows = await (await self._connection.execute(LAST.sql)).fetchall()
            # Nothing was told while there was no connection.
            self._news = self._connections > 0 or rows[0][0] > self._newest
            self._connections += 1
        return self._connection

    async def _run(self, db: _Connection, steps: Steps[T], progress: Progress[T]) -> T:
        # In a pipeline everything up to the next answer that is waited for is one round trip.
        async with db.pipeline():
            await db.execute("BEGIN")
            await db.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
            standing, batch = await db.execute(STANDING), next(steps)
            asked, newest = await _sent(db, batch), 0
            self._stand(read_standing((await standing.fetchall())[0]))
            try:
                while True:
                    batch = steps.send([await each.fetchall() for each in asked])
                    asked = await _sent(db, batch)
                    newest = max([newest, *(_last(each) for each in batch)])
            except StopIteration as end:
                outcome: T = end.value
            progress.outcome, progress.committing = outcome, True
            if newest:
                await db.execute(f"NOTIFY {CHANNEL}")
            await db.execute("COMMIT")
        self.seen(newest)
        return outcome

    def _hear(self, process: int) -> None:
        db = self._connection
        if db is not None and process != db.pgconn.backend_pid:
            self._news = True

    def _stand(self, standing: Standing) -> None:
        standing.check(self._database, self._identity, self._newest)
        self.seen(standing.newest)
        self._ahead = standing.now.timestamp() - _sleepless()


def _last(each: Ask | Do) -> int:
    """The position of the last fact that is written by it."""
    if isinstance(each, Ask) or each.sql != INSERT:
        return 0
    position = each.rows[-1][0]
    assert isinstance(position, int)
    return position


async def _sent(db: _Connection, batch: Sequence[Ask | Do]) -> list[psycopg.AsyncCursor[tuple[Any, ...]]]:
    asked = []
    for each in batch:
        if isinstance(each, Ask):
            asked.append(await db.execute(spoken(each.sql), each.values))
        elif each.rows:
            await db.cursor().executemany(spoken(each.sql), each.rows)
    return asked


def _sleepless() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

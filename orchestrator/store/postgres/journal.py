"""The journal's home in PostgreSQL: compare-and-append over all machines, durable before it returns."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import anyio
import anyio.lowlevel

from orchestrator.facts import AttemptBegun, Fact, Recorded
from orchestrator.ports import Beginning, Begun, Terms
from orchestrator.store.database import Database
from orchestrator.store.groups import Group, settle
from orchestrator.store.postgres.connecting import CHANNEL
from orchestrator.store.postgres.line import standing_in_line
from orchestrator.store.postgres.link import Link, Progress
from orchestrator.store.postgres.standing import Standing
from orchestrator.store.postgres.troubles import LostError
from orchestrator.store.recording import Outcome, recorded_of, recording
from orchestrator.store.statements import Ask, Do, Steps

PATIENCE = 600.0
"""Seconds that a run waits for a database that is away before it gives up."""

_FIRST, _LONGEST = 0.1, 3.0

_FACTS = (
    "SELECT position, name, body FROM fact WHERE position > :after AND position <= :last ORDER BY position"
)
_END = 2**62

T = TypeVar("T")
_log = logging.getLogger(__name__)


class PostgresJournal:
    """A `Journal` that many processes write, each through one connection of its own, on asyncio.

    Facts are written in the order in which they were given. A database that is away is waited for; a
    commit of unknown outcome is looked for when it is back, and never repeated blindly.
    """

    def __init__(self, database: Database, opening: Standing) -> None:
        self._id = opening.identity
        self._link = Link(database, opening)
        self._writer = secrets.token_hex(8)
        self._waiting: list[Group] = []
        self._turn = anyio.Lock()

    @property
    def id(self) -> str:
        """What tells this journal from every other; made once, with it."""
        return self._id

    def now(self) -> datetime:
        """The database's time, which counts for all machines."""
        return self._link.now()

    def close(self) -> None:
        """Let the connection go."""
        self._link.close()

    async def begin(self, attempt: AttemptBegun, terms: Terms, expected: int) -> Beginning:
        """Write the intent if nothing forbids it, at the database's time; durable before `Begun` returns.

        A cancelled call writes nothing; one that writes is not cancelled.
        """

        def steps() -> Steps[Beginning]:
            return self._told(standing_in_line(self._timed(attempt), terms, expected, self._writer), _begun)

        await anyio.lowlevel.checkpoint_if_cancelled()
        with anyio.CancelScope(shield=True):
            async with self._turn:
                await self._flush()
                beginning = await self._written(steps, _begun)
        return beginning

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        """Write facts, durable and all together before it returns; never cancelled on the way.

        AssertionError, and nothing is written, for facts that cannot be (see `Draft`).
        """
        if not facts:
            return ()
        group = Group(tuple(facts))
        self._waiting.append(group)
        with anyio.CancelScope(shield=True):
            # One turn of the loop, so that facts of other tasks join this commit.
            await anyio.lowlevel.checkpoint()
            async with self._turn:
                await self._flush()
        return group.settled()

    async def read(self, after: int) -> tuple[Recorded, ...]:
        """The facts beyond a position, in order."""
        async with self._turn:
            question = Ask(_FACTS, {"after": after, "last": _END})
            rows = await self._lasting(lambda: self._link.ask(question))
        return tuple(recorded_of(rows))

    async def changed(self) -> bool:
        """Whether another process may have written since this was last asked; asks nobody while connected."""
        async with self._turn:
            return await self._link.heard()

    async def _flush(self) -> None:
        groups, self._waiting = self._waiting, []
        if groups:
            facts = [group.facts for group in groups]

            def steps() -> Steps[list[Outcome]]:
                return self._told(recording(facts), _recorded)

            with settle(groups) as outcomes:
                written = await self._written(steps, _recorded)
                outcomes += written

    async def _written(self, steps: Callable[[], Steps[T]], facts_of: Callable[[T], Sequence[Recorded]]) -> T:
        """What the steps come to, written once, however often the connection breaks on the way."""
        doubt: list[T] = []

        async def once() -> T:
            if doubt and await self._is_there(facts_of(doubt[0])):
                return doubt[0]
            doubt.clear()
            progress: Progress[T] = Progress()
            try:
                return await self._link.transact(steps(), progress)
            except LostError as error:
                if error.perhaps and progress.outcome is not None:
                    doubt.append(progress.outcome)
                raise

        return await self._lasting(once)

    async def _is_there(self, recorded: Sequence[Recorded]) -> bool:
        """Whether these were committed, in just these places; nothing to look for is there."""
        # Under the writers' lock: then nobody, not even our own lost transaction, is still writing.
        return not recorded or await self._link.transact(_finding(recorded), Progress())

    async def _lasting(self, act: Callable[[], Awaitable[T]]) -> T:
        """Try again while the database is away; LostError when that lasts too long."""
        until, pause = time.monotonic() + PATIENCE, _FIRST
        while True:
            try:
                return await act()
            except LostError as error:
                if time.monotonic() > until:
                    raise
                _log.warning("%s; trying again", error)
            await anyio.sleep(pause)
            pause = min(pause * 2, _LONGEST)

    def _timed(self, attempt: AttemptBegun) -> AttemptBegun:
        """By the database's time: whoever reconciles it on another machine goes by the same."""
        now = self._link.now()
        return replace(attempt, at=now, expires=now + (attempt.expires - attempt.at))

    def _told(self, steps: Steps[T], facts_of: Callable[[T], Sequence[Recorded]]) -> Steps[T]:
        outcome = yield from steps
        if facts_of(outcome):
            yield [Do("SELECT pg_notify(?, ?)", [(CHANNEL, self._writer)])]
        return outcome


def _finding(recorded: Sequence[Recorded]) -> Steps[bool]:
    places = {"after": recorded[0].position - 1, "last": recorded[-1].position}
    (rows,) = yield [Ask(_FACTS, places)]
    return list(recorded_of(rows)) == list(recorded)


def _begun(beginning: Beginning) -> Sequence[Recorded]:
    return (beginning.recorded,) if isinstance(beginning, Begun) else ()


def _recorded(outcomes: list[Outcome]) -> Sequence[Recorded]:
    return [each for outcome in outcomes if not isinstance(outcome, AssertionError) for each in outcome]

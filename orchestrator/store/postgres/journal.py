"""The journal's home in PostgreSQL: compare-and-append over all machines, durable before it returns."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import anyio
import anyio.lowlevel

from orchestrator.errors import StateError
from orchestrator.facts import AttemptBegun, Fact, Recorded
from orchestrator.ports import Beginning, Begun, Intent
from orchestrator.store.database import Database
from orchestrator.store.groups import Group
from orchestrator.store.postgres.line import LEASE, leave_line, standing_in_line, wait
from orchestrator.store.postgres.link import Link, Progress
from orchestrator.store.postgres.pace import paced
from orchestrator.store.postgres.standing import Standing
from orchestrator.store.postgres.troubles import LostError
from orchestrator.store.postgres.writers import BEAT, beat, farewell
from orchestrator.store.recording import Outcome, recorded_of, recording
from orchestrator.store.statements import Ask, Do, Steps

PATIENCE = 600.0
"""Seconds that a database which is away is waited for."""

_FIRST, _LONGEST = 0.1, 3.0

_FACTS = (
    "SELECT position, name, body FROM fact WHERE position > :after AND position <= :last ORDER BY position"
)
PORTION = 5_000
"""Facts that are read at once."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class PostgresJournal:
    """A `Journal` that many processes write, each through one connection of its own, on asyncio.

    Facts are written in the order in which they were given. A database that is away is waited for, facts
    that happened always for `PATIENCE`, questions and beginnings for `patience`; a commit of unknown
    outcome is looked for when it is back, and never repeated blindly.
    """

    def __init__(
        self, database: Database, opening: Standing, patience: float = PATIENCE, *, beats: bool = True
    ) -> None:
        self._id = opening.identity
        self._link = Link(database, opening)
        self._patience = patience
        self._writer = secrets.token_hex(8)
        self._beats = beats
        self._beaten = -BEAT
        self._away = False
        self._said: dict[str, tuple[float, float]] = {}
        self._turn = anyio.Lock()
        self._waiting: list[Group] = []
        self._doubt: tuple[Sequence[Group], list[Outcome]] | None = None

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

    def farewell(self) -> Steps[None]:
        """What a submitter leaves behind: nothing; whoever counts the living does not wait for it."""
        yield [farewell(self._writer), leave_line(self._writer)]

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        """Write each intent that nothing forbids, at the database's time; durable before it returns.

        A cancelled call writes nothing; one that writes is not cancelled. After a `LostError` the intents
        may be there, as after a crash, and nothing is sent for them.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        doubt: list[tuple[Beginning, ...]] = []

        async def once() -> tuple[Beginning, ...]:
            await self._flush()
            if doubt and await self._is_there(_begun(doubt[0])):
                return doubt[0]
            doubt.clear()
            progress: Progress[tuple[Beginning, ...]] = Progress()
            timed = [replace(each, attempt=self._timed(each.attempt)) for each in intents]
            try:
                return await self._link.transact(standing_in_line(timed, expected, self._writer), progress)
            except LostError as error:
                if error.perhaps and progress.outcome is not None and _begun(progress.outcome):
                    doubt.append(progress.outcome)
                raise

        return await self._lasting(once, self._patience)

    async def stand_by(self, account: str, level: float) -> None:
        """Something of that level waits here for a slot: the next one is left to it by writers with less."""
        said = self._said.get(account)
        if said is not None and said[0] == level and time.monotonic() - said[1] < LEASE / 3000:
            return
        self._said[account] = level, time.monotonic()
        await self._aside(wait(account, self._writer, level))

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        """Write facts, durable and all together before it returns; never cancelled on the way.

        AssertionError, and nothing is written, for facts that cannot be (see `Draft`).
        """
        if not facts:
            return ()
        group = Group(tuple(facts))
        self._waiting.append(group)

        async def once() -> None:
            if group.outcome is None:
                await self._flush()

        with anyio.CancelScope(shield=True):
            # One turn of the loop, so that facts of other tasks join this commit.
            await anyio.lowlevel.checkpoint()
            await self._lasting(once, PATIENCE)
        return group.settled()

    async def read(self, after: int) -> tuple[Recorded, ...]:
        """The facts beyond a position, in order."""
        found: list[Recorded] = []
        while portion := await self._read_some(found[-1].position if found else after):
            found += portion
        return tuple(found)

    async def _read_some(self, after: int) -> list[Recorded]:
        """A portion at a time: no statement takes long, and nobody waits behind it."""
        question = Ask(_FACTS, {"after": after, "last": after + PORTION})
        rows = await self._lasting(lambda: self._link.ask(question), self._patience)
        if rows:
            self._link.seen(rows[-1][0])
        return list(recorded_of(rows))

    async def changed(self) -> bool:
        """Whether another process may have written since this was last asked; asks nobody while connected."""
        if self._beats and time.monotonic() - self._beaten >= BEAT:
            self._beaten = time.monotonic()
            await self._aside(beat(self._writer))
        async with self._turn:
            return await self._link.heard()

    async def _lasting(self, act: Callable[[], Awaitable[T]], patience: float) -> T:
        """Do it in turn, again and again while the database is away; LostError when that lasts too long."""
        until, pause = time.monotonic() + patience, _FIRST
        while True:
            try:
                # What was sent is waited for, for as long as a statement may last.
                with anyio.CancelScope(shield=True):
                    async with self._turn:
                        outcome = await act()
                self._tell(None)
                return outcome
            except LostError as error:
                if time.monotonic() > until:
                    raise
                self._tell(error)
            await anyio.sleep(pause)
            pause = min(pause * 2, _LONGEST)

    def _tell(self, error: LostError | None) -> None:
        """Say once that it is waited for, and that it is back: a warning is seen without `-v`, too."""
        if error is None and self._away:
            _log.warning("the database of the journal is back")
        elif error is not None and not self._away:
            _log.warning("the database of the journal is away, and is waited for: %s", error.said)
        self._away = error is not None

    async def _aside(self, act: Do) -> None:
        """Let others know something that is said again soon, so that it may be lost."""
        with anyio.CancelScope(shield=True), suppress(LostError):
            async with self._turn:
                await self._link.do(act)

    async def _flush(self) -> None:
        """Commit all that waits; LostError, and it goes on waiting, where the database is away."""
        if self._doubt is not None:
            groups, outcomes = self._doubt
            if await self._is_there([each for outcome in outcomes for each in _written(outcome)]):
                self._settle(groups, outcomes)
            self._doubt = None
        if self._waiting:
            await self._commit(tuple(self._waiting))

    async def _commit(self, groups: Sequence[Group]) -> None:
        progress: Progress[list[Outcome]] = Progress()
        try:
            outcomes = await self._link.transact(_paced([group.facts for group in groups]), progress)
        except LostError as error:
            if error.perhaps and progress.outcome is not None:
                self._doubt = groups, progress.outcome
            raise
        except StateError as error:
            self._settle(groups, [error] * len(groups))
        else:
            self._settle(groups, outcomes)

    def _settle(self, groups: Sequence[Group], outcomes: Sequence[Outcome | StateError]) -> None:
        for group, outcome in zip(groups, outcomes, strict=True):
            group.outcome = outcome
        self._waiting = [group for group in self._waiting if group.outcome is None]

    async def _is_there(self, recorded: Sequence[Recorded]) -> bool:
        """Whether these were committed, in just these places; where nothing is looked for, it is there."""
        # Under the writers' lock: then nobody, not even our own lost transaction, is still writing.
        return not recorded or await self._link.transact(_finding(recorded), Progress())

    def _timed(self, attempt: AttemptBegun) -> AttemptBegun:
        """By the database's time: whoever reconciles it on another machine goes by the same."""
        now = self._link.now()
        return replace(attempt, at=now, expires=now + (attempt.expires - attempt.at))


def _begun(found: Sequence[Beginning]) -> list[Recorded]:
    return [each.recorded for each in found if isinstance(each, Begun)]


def _finding(recorded: Sequence[Recorded]) -> Steps[bool]:
    places = {"after": recorded[0].position - 1, "last": recorded[-1].position}
    (rows,) = yield [Ask(_FACTS, places)]
    return list(recorded_of(rows)) == list(recorded)


def _paced(groups: Sequence[Sequence[Fact]]) -> Steps[list[Outcome]]:
    outcomes = yield from recording(groups)
    yield paced(each for outcome in outcomes for each in _written(outcome))
    return outcomes


def _written(outcome: Outcome) -> tuple[Recorded, ...]:
    return () if isinstance(outcome, AssertionError) else outcome

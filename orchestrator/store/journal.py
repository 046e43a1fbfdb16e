"""The journal's home in SQLite: compare-and-append, durable before it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.lowlevel

from orchestrator.errors import StateError
from orchestrator.facts import Fact, Recorded
from orchestrator.ports import Beginning, Intent
from orchestrator.store.anchor import Anchor
from orchestrator.store.beginning import beginnings
from orchestrator.store.groups import Group, settle
from orchestrator.store.latest import Latest
from orchestrator.store.recording import Outcome, recorded_of, recording
from orchestrator.store.reserve import Reserve
from orchestrator.store.statements import Steps
from orchestrator.store.transacting import run, transaction
from orchestrator.store.troubles import is_full, translated

T = TypeVar("T")

_TURNS = 4
"""Turns of the loop until a commit, so that facts of other tasks join it: one makes twice as many."""


@dataclass(slots=True, eq=False)
class _Waiting(Group):
    """A group that waits for whoever commits first."""

    done: anyio.Event = field(default_factory=anyio.Event)


class SqliteJournal:
    """A `Journal` on one SQLite file, with short synchronous calls on the event loop.

    One task at a time is inside a call, so facts are written in the order in which they were given.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, reserve: Reserve | None = None) -> None:
        self._db = db
        self._path = path
        self._reserve = reserve
        self._anchor = Anchor(path)
        self._waiting: list[_Waiting] = []
        self._latest = Latest()
        with translated(path):
            (self._id,) = db.execute("SELECT value FROM meta WHERE name = 'id'").fetchone()
            self._version = self._data_version()

    @property
    def id(self) -> str:
        """What tells this journal from every other; made once, with it."""
        identity: str = self._id
        return identity

    def now(self) -> datetime:
        """The time of day: this machine's, which is the only one that writes here."""
        return datetime.now(UTC)

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        """Write each intent that nothing forbids, in one transaction; durable before it returns.

        DiskError, and nothing is written, where no room is left to write down what comes of it, and
        JournalBrokenError where its file is not in its place any more. A cancelled call writes nothing; one
        that writes is not cancelled.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        self._flush()
        self._anchor.check()
        if self._reserve is not None:
            self._reserve.hold()
        return self._transacted(beginnings(intents, expected, latest=self._latest))

    def close(self) -> None:
        """Save what it knows beside its place, should somebody have removed its file meanwhile."""
        self._anchor.save(self._db)

    async def stand_by(self, account: str, level: float) -> None:
        """Nobody else submits here."""

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        """Write facts, durable and all together before it returns; never cancelled on the way.

        AssertionError, and nothing is written, for facts that cannot be (see `record`).
        """
        if not facts:
            return ()
        group = _Waiting(tuple(facts))
        self._waiting.append(group)
        with anyio.CancelScope(shield=True):
            if self._waiting[0] is group:
                try:
                    await self._gather(group)
                finally:
                    # asyncio's own cancellation passes through the shield; the others still wait for us.
                    if not group.done.is_set():
                        self._flush()
            # Waiting for what is over would let later facts be known before these, and all be read again.
            if not group.done.is_set():
                await group.done.wait()
        return group.settled()

    async def _gather(self, group: _Waiting) -> None:
        """Let facts of other tasks join it; but whoever begins something does not wait, and writes it."""
        for _ in range(_TURNS):
            if not group.done.is_set():
                await anyio.lowlevel.checkpoint()

    async def read(self, after: int) -> tuple[Recorded, ...]:
        """The facts beyond a position, in order."""
        with translated(self._path):
            rows = self._db.execute(
                "SELECT position, name, body FROM fact WHERE position > ? ORDER BY position", (after,)
            )
            return tuple(recorded_of(rows))

    async def changed(self) -> bool:
        """Whether another process may have written since this was last asked; cheap.

        JournalBrokenError where its file is not in its place any more.
        """
        self._anchor.check()
        with translated(self._path):
            before, self._version = self._version, self._data_version()
        return self._version != before

    def _data_version(self) -> int:
        version: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _flush(self) -> None:
        """Commit all that waits; each group learns what became of it, whatever that is."""
        groups, self._waiting = self._waiting, []
        try:
            if groups:
                with settle(groups) as outcomes:
                    outcomes += self._commit(groups)
        finally:
            for group in groups:
                group.done.set()

    def _commit(self, groups: Sequence[Group]) -> list[Outcome]:
        try:
            return self._write(groups)
        except StateError as error:
            if self._reserve is None or not is_full(error) or not self._reserve.release():
                raise
            return self._write(groups)

    def _write(self, groups: Sequence[Group]) -> list[Outcome]:
        return self._transacted(recording([group.facts for group in groups], self._latest))

    def _transacted(self, steps: Steps[T]) -> T:
        done = False
        try:
            with translated(self._path), transaction(self._db):
                outcome = run(self._db, steps)
            done = True
        finally:
            if not done:
                self._latest.forget()
        return outcome

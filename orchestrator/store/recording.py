"""Facts into the tables and out of them: every take is folded by the lineage's own `take_after`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from orchestrator.budget import Entry, entry
from orchestrator.codec import decode, encode, milliseconds
from orchestrator.errors import JournalBrokenError
from orchestrator.facts import (
    AttemptBegun,
    ChainStopped,
    Fact,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Take, take_after
from orchestrator.store.rows import replace_rows
from orchestrator.store.spending import Sums


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Everything inside, or nothing of it; other writers wait."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def last_position(db: sqlite3.Connection) -> int:
    """The newest fact's position, 0 in an empty journal."""
    row: tuple[int] = db.execute("SELECT ifnull(max(position), 0) FROM fact").fetchone()
    return row[0]


def record(db: sqlite3.Connection, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
    """Write facts and what follows from them, within the caller's transaction.

    AssertionError, before anything is written, for a fact that cannot be: one about an attempt that
    never began or a video that was never made, or a second beginning of one attempt.
    """
    first = last_position(db) + 1
    recorded = tuple(Recorded(first + index, fact) for index, fact in enumerate(facts))
    before = {key: stored_take(db, key) for key in dict.fromkeys(_take_of(fact) for fact in facts) if key}
    after = dict(before)
    for each in recorded:
        _fold_into(after, each)
    db.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?)", [_row(each) for each in recorded])
    _project(db, before, after)
    return recorded


def stored_take(db: sqlite3.Connection, key: TakeKey) -> Take:
    """The fold of all stored facts about one take."""
    rows = db.execute(
        "SELECT position, name, body FROM fact WHERE take = ? ORDER BY position", (key,)
    ).fetchall()
    takes = {key: Take(key)}
    for each in recorded_of(rows):
        _fold_into(takes, each)
    return takes[key]


def recorded_of(rows: Iterable[tuple[int, str, str]]) -> Iterator[Recorded]:
    """Stored rows (position, name, body) as facts; JournalBrokenError for one that cannot be read."""
    for position, name, body in rows:
        try:
            fact = decode(name, body)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise JournalBrokenError(
                f"fact {position} ({name}) of the journal cannot be read: {error!r}. Nothing was changed. "
                "Use the version of orchestrate that wrote it, or restore the journal from a backup."
            ) from error
        yield Recorded(position, fact)


def rebuild(db: sqlite3.Connection) -> None:
    """Make the projected tables anew from the facts, within the caller's transaction."""
    for statement in ("DELETE FROM file", "DELETE FROM video", "DELETE FROM attempt", "DELETE FROM spent"):
        db.execute(statement)
    keys = db.execute("SELECT DISTINCT take FROM fact WHERE take IS NOT NULL").fetchall()
    for (key,) in keys:
        _project(db, {key: Take(key)}, {key: stored_take(db, key)})


def _project(db: sqlite3.Connection, before: dict[TakeKey, Take], after: dict[TakeKey, Take]) -> None:
    sums = Sums(db)
    for key, take in after.items():
        replace_rows(db, take)
        sums.replace(_entries(before[key]), _entries(take))
    sums.write()


def _entries(take: Take) -> tuple[Entry, ...]:
    return tuple(entry(attempt) for attempt in take.attempts)


def _fold_into(takes: dict[TakeKey, Take], recorded: Recorded) -> None:
    fact = recorded.fact
    if isinstance(fact, RunBegan | ChainStopped | TakePicked | TakeRejected | TakeWanted | StepApproved):
        return
    take = takes[fact.take]
    if isinstance(fact, AttemptBegun):
        begun = [attempt.begun.number for attempt in take.attempts]
        assert fact.number not in begun, f"attempt {fact.number} of take {fact.take} begins once"
    takes[fact.take] = take_after(take, recorded.position, fact)


def _take_of(fact: Fact) -> TakeKey | None:
    take: TakeKey | None = getattr(fact, "take", None)
    return take


def _row(recorded: Recorded) -> tuple[int | str | None, ...]:
    fact = recorded.fact
    name, body = encode(fact)
    # Half a surrogate pair (in a broken answer) has no UTF-8; as JSON's own escape it reads back as it was.
    body = body.encode("utf-8", "backslashreplace").decode()
    return (
        recorded.position,
        milliseconds(fact.at),
        name,
        _take_of(fact),
        getattr(fact, "number", None),
        body,
    )

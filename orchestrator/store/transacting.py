"""Transactions on SQLite: all or nothing, told as steps, run with short calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from orchestrator.facts import Fact, Recorded
from orchestrator.store.recording import LAST, rebuilding, recording
from orchestrator.store.statements import Ask, Row, Steps

T = TypeVar("T")


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


def run(db: sqlite3.Connection, steps: Steps[T]) -> T:
    """Do what the steps say, within the caller's transaction; what came of it."""
    try:
        batch = next(steps)
        while True:
            answers: list[list[Row]] = []
            for each in batch:
                if isinstance(each, Ask):
                    answers.append(db.execute(each.sql, each.values).fetchall())
                else:
                    db.executemany(each.sql, each.rows)
            batch = steps.send(answers)
    except StopIteration as end:
        outcome: T = end.value
        return outcome


def record(db: sqlite3.Connection, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
    """Write facts and what follows from them; AssertionError, and nothing is written, for what cannot be."""
    (outcome,) = run(db, recording([facts]))
    if isinstance(outcome, AssertionError):
        raise outcome
    return outcome


def rebuild(db: sqlite3.Connection, told: Callable[[int, int], None] = lambda _, __: None) -> None:
    """Make the projected tables anew from the facts, within the caller's transaction."""
    run(db, rebuilding(told))


def last_position(db: sqlite3.Connection) -> int:
    """The newest fact's position, 0 in an empty journal."""
    ((last,),) = db.execute(LAST.sql).fetchall()
    return int(last)

"""Transactions on a connection for short calls: one writer at a time, told as steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from orchestrator.store.postgres.dialect import spoken
from orchestrator.store.statements import Ask, Row, Steps

Connection = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")

LOCK = 0x4F524348
"""What one writer at a time holds, until its commit: so positions have no gaps and grow in the order of
commits, and slots, sums and uniqueness are counted exactly, over all machines."""


@contextmanager
def alone(db: Connection) -> Iterator[None]:
    """Everything inside, or nothing of it; other writers wait."""
    with db.transaction():
        db.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield


def run(db: Connection, steps: Steps[T]) -> T:
    """Do what the steps say, within the caller's transaction; what came of it."""
    try:
        batch = next(steps)
        while True:
            answers: list[list[Row]] = []
            for each in batch:
                if isinstance(each, Ask):
                    answers.append(db.execute(spoken(each.sql), each.values).fetchall())
                elif each.rows:
                    db.cursor().executemany(spoken(each.sql), each.rows)
            batch = steps.send(answers)
    except StopIteration as end:
        outcome: T = end.value
        return outcome

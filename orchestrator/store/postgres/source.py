"""Where readers ask PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from orchestrator.store.database import Database
from orchestrator.store.postgres.dialect import spoken
from orchestrator.store.postgres.troubles import translated
from orchestrator.store.statements import Ask, Row

_PORTION = 2000


class PostgresSource:
    """A `Source` on one connection."""

    def __init__(self, db: psycopg.Connection[tuple[Any, ...]], database: Database) -> None:
        self._db = db
        self._database = database

    def ask(self, question: Ask) -> list[Row]:
        """All rows at once."""
        with translated(self._database):
            return self._db.execute(spoken(question.sql), question.values).fetchall()

    def stream(self, question: Ask) -> Iterator[Row]:
        """Row after row, all as of one moment."""
        with translated(self._database), self._db.transaction(), self._db.cursor("stream") as rows:
            rows.itersize = _PORTION
            rows.execute(spoken(question.sql), question.values)
            yield from rows

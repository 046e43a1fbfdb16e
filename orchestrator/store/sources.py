"""Where readers ask: one port, whichever database holds the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from orchestrator.store.statements import Ask, Row
from orchestrator.store.troubles import translated


class Source(Protocol):
    """Answers questions, each as of its own moment; raises only `StateError`s."""

    def ask(self, question: Ask) -> list[Row]:
        """All rows at once."""
        ...

    def stream(self, question: Ask) -> Iterator[Row]:
        """Row after row, all as of one moment."""
        ...


class SqliteSource:
    """A `Source` on one SQLite file."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def ask(self, question: Ask) -> list[Row]:
        """All rows at once."""
        with translated(self._path):
            return self._db.execute(question.sql, question.values).fetchall()

    def stream(self, question: Ask) -> Iterator[Row]:
        """Row after row, all as of one moment."""
        with translated(self._path):
            yield from self._db.execute(question.sql, question.values)

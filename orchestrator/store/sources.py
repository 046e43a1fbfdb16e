"""Where readers ask: one port, whichever database holds the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from orchestrator.store.connecting import connect_to_read
from orchestrator.store.home import Home
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


@contextmanager
def open_source(place: Home | Path, *, still: bool = False) -> Iterator[Source]:
    """Where to ask the journal there, all as of one moment if `still`: StateError when there is none."""
    if isinstance(place, Home) and place.database is not None:
        from orchestrator.store.postgres import read_database

        with read_database(place.database, still=still) as shared:
            yield shared
        return
    path = place.journal if isinstance(place, Home) else place
    with closing(connect_to_read(path)) as db:
        if still:
            db.execute("BEGIN")
        yield SqliteSource(db, path)

"""A state folder, a journal in it, and a look into its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.ports import Journal
from orchestrator.store import Database, Home, OpenJournal, SqliteJournal, open_folder, open_journal
from orchestrator.store.sources import open_source
from orchestrator.store.statements import Ask

from .memory import MemoryJournal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A state folder that does not exist yet."""
    return Home(tmp_path / ".orchestrate")


@pytest.fixture
def on_disk(home: Home) -> Iterator[SqliteJournal]:
    """An empty journal in that folder, held by its submitter."""
    with open_folder(home, submitter=True) as journal:
        yield journal


@pytest.fixture
def shared(tmp_path: Path, postgres_url: str) -> Home:
    """A home whose journal is in a database that does not know it yet."""
    return Home(tmp_path / ".orchestrate", Database(postgres_url))


@pytest.fixture
def in_database(shared: Home) -> Iterator[OpenJournal]:
    """An empty journal there."""
    with open_journal(shared, submitter=True) as journal:
        yield journal


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def journal(request: pytest.FixtureRequest) -> Journal:
    """An empty journal of each kind."""
    if request.param == "memory":
        return MemoryJournal()
    if request.param == "postgres":
        in_database: OpenJournal = request.getfixturevalue("in_database")
        return in_database
    on_disk: SqliteJournal = request.getfixturevalue("on_disk")
    return on_disk


TABLES = ("attempt", "video", "file", "spent", "plan", "stop", "chain")


def shared_tables(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """The same of a journal in a database."""
    with open_source(home) as source:
        found = {name: source.ask(Ask(f"SELECT * FROM {name}")) for name in TABLES}
    return {name: sorted((tuple(_plain(row)) for row in rows), key=repr) for name, rows in found.items()}


def _plain(row: Sequence[object]) -> Iterator[object]:
    return (int(value) if isinstance(value, bool) else value for value in row)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every projected row, by table, in order."""
    with closing(sqlite3.connect(path)) as db:
        return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in TABLES}

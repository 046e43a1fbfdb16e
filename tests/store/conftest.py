"""A state folder, a journal in it, and a look into its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.ports import Journal
from orchestrator.store import Home, SqliteJournal, open_journal

from .memory import MemoryJournal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A state folder that does not exist yet."""
    return Home(tmp_path / ".orchestrate")


@pytest.fixture
def on_disk(home: Home) -> Iterator[SqliteJournal]:
    """An empty journal in that folder, held by its submitter."""
    with open_journal(home, submitter=True) as journal:
        yield journal


@pytest.fixture(params=["sqlite", "memory"])
def journal(request: pytest.FixtureRequest) -> Journal:
    """An empty journal of each kind."""
    if request.param == "memory":
        return MemoryJournal()
    on_disk: SqliteJournal = request.getfixturevalue("on_disk")
    return on_disk


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every projected row, by table, in order."""
    with closing(sqlite3.connect(path)) as db:
        return {
            name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in ("attempt", "video", "file", "spent")
        }

"""Processes that die, and processes that work side by side, on one real file."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import JournalBusyError
from orchestrator.facts import StepApproved
from orchestrator.store import Home, open_journal, open_reader
from orchestrator.store.connecting import connect
from orchestrator.store.transacting import rebuild, transaction

from .conftest import tables

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


@contextmanager
def process(home: Home, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process with that role, gone when the block ends."""
    command = [sys.executable, "-m", "tests.store.dying", str(home.folder), *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def sound(home: Home) -> int:
    """How many facts are there, after checking that the file and its tables are whole."""
    before = tables(home.journal)
    with closing(connect(home.journal)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with transaction(db):
            rebuild(db)
    assert tables(home.journal) == before
    with open_reader(home.journal) as reader:
        assert [each.position for each in reader.facts()] == list(range(1, reader.position + 1))
        return reader.position


FACTS_AFTER = [0, 1, 2, 4, 5, 6, 8]
"""Facts in the journal after so many commits of `dying.steps`."""


@pytest.mark.parametrize("commit", range(1, 7))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_process_leaves_every_commit_and_none_half(home: Home, moment: str, commit: int) -> None:
    """Killed before or after any commit, the journal holds what was committed and nothing of the rest."""
    with process(home, moment, str(commit)) as child:
        assert child.wait(PATIENCE) == -signal.SIGKILL
    assert sound(home) == FACTS_AFTER[commit - (moment == "before")]


def test_killed_at_any_moment_what_was_said_is_there(home: Home) -> None:
    """Whatever a writer was told to be durable survives its kill, and groups stay whole."""
    said = 0
    for pause in (0.0, 0.011, 0.023):
        with process(home, "burst") as child:
            assert child.stdout is not None
            said = int(child.stdout.readline())
            time.sleep(pause)
            child.kill()
            said = max([said, *(int(line) for line in child.stdout if line.endswith("\n"))])
        written = sound(home)
        assert written >= said
        assert written % 3 == 0
        home.folder.rename(home.folder.with_name(f"over-{pause}"))
    assert said


def test_the_lock_goes_with_the_process_that_held_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run is told at once who submits; after a kill nothing has to be cleaned up."""
    asked: list[tuple[object, object]] = []

    def connecting(path: object, **options: Any) -> object:
        asked.append((path, options.get("timeout")))
        return opened(path, **options)

    opened: Any = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connecting)
    with process(home, "wait") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        with (
            pytest.raises(JournalBusyError, match=f"process {child.pid} on"),
            open_journal(home, submitter=True),
        ):
            pass
        # SQLite itself would wait for five seconds.
        assert [waits for path, waits in asked if path == home.lock] == [0]
        child.kill()
        child.wait(PATIENCE)
        with open_journal(home, submitter=True):
            pass


@pytest.mark.anyio
async def test_a_persons_word_from_another_process_is_noticed(home: Home) -> None:
    """A run learns of an approval made elsewhere while it holds the lock."""
    with open_journal(home, submitter=True) as journal:
        assert not await journal.changed()
        with process(home, "approve") as child:
            assert child.wait(PATIENCE) == 0
        assert await journal.changed()
        assert not await journal.changed()
        (recorded,) = await journal.read(0)
        assert isinstance(recorded.fact, StepApproved)


def test_two_processes_that_make_the_journal_make_one(home: Home) -> None:
    """Processes that find no journal at the same moment end up with the same one."""
    with process(home, "approve") as one, process(home, "approve") as other:
        assert (one.wait(PATIENCE), other.wait(PATIENCE)) == (0, 0)
    assert sound(home) == 2
    assert not [entry.name for entry in home.folder.iterdir() if ".new" in entry.name]

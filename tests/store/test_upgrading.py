"""A journal of an older format is brought up to date in one piece, and says so when that takes long."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import anyio
import pytest

import orchestrator.store.connecting as connecting_module
from orchestrator.lineage import Lineage
from orchestrator.store import Home, open_folder, open_reader
from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.patience import Patience
from tests.benchmarks.forest import facts

from .conftest import tables
from .recalled import compare

LATER = (*MIGRATIONS, ("CREATE TABLE later (x INTEGER) STRICT",))
DYING = """
import os, signal, sys
from pathlib import Path
import orchestrator.store.connecting as connecting
import orchestrator.store.recording as recording
from orchestrator.store import open_reader

class Dying:
    def told(self, done, of):
        if done >= of * float(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

connecting.MIGRATIONS = (*connecting.MIGRATIONS, ("CREATE TABLE later (x INTEGER) STRICT",))
connecting.Patience = lambda *_: Dying()
recording._PORTION = 7
with open_reader(Path(sys.argv[1])):
    pass
"""


def filled(home: Home) -> None:
    async def write() -> None:
        with open_folder(home, submitter=False) as journal:
            await journal.append(list(facts(120)))

    anyio.run(write)


@pytest.mark.parametrize("share", ["0", "0.3", "0.9"])
def test_killed_in_the_middle_it_is_as_it_was(
    home: Home, share: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its beginning, among the takes, near the end: then it is done anew, and all is right."""
    filled(home)
    before = tables(home.journal)
    died = subprocess.run([sys.executable, "-c", DYING, str(home.journal), share], check=False)
    assert died.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(home.journal)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert tables(home.journal) == before
    monkeypatch.setattr(connecting_module, "MIGRATIONS", LATER)
    with open_reader(home.journal, still=True) as reader:
        compare(reader, Lineage(reader.facts()))
    assert tables(home.journal) == before


def test_what_takes_long_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing within the first second; then how far it is, on stderr."""
    clock = iter([0.0, 0.5, 1.5, 1.5, 2.0, 7.0, 7.0])
    monkeypatch.setattr("orchestrator.store.patience.time.monotonic", lambda: next(clock))
    patience = Patience("The journal is brought up to date", "takes")
    for done in (0, 1000, 2000, 3000):
        patience.told(done, 4000)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "The journal is brought up to date: 1,000 of 4,000 takes …",
        "The journal is brought up to date: 3,000 of 4,000 takes …",
    ]

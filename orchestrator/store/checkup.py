"""Looks at the state folder and the journal without changing anything in them."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from orchestrator.checkup import Check, doubtful, failing, fine, wrong
from orchestrator.errors import JournalBrokenError, OrchestratorError, StateError
from orchestrator.store.connecting import MINIMUM, connect_to_read
from orchestrator.store.home import Home
from orchestrator.store.lock import holder_of
from orchestrator.store.recording import recorded_of
from orchestrator.store.transacting import last_position
from orchestrator.store.troubles import disk_translated, translated


def examine(home: Home) -> tuple[Check, ...]:
    """Whether runs could write there, read what is there, and submit from it; raises nothing."""
    if home.database is None:
        return (_folder(home), _journal(home), _submitter(home), _sqlite())
    from orchestrator.store.postgres import examine_database

    return (_folder(home), *examine_database(home.database))


def _folder(home: Home) -> Check:
    name, folder = "state folder", home.folder
    try:
        with disk_translated(folder):
            there = folder.is_dir()
            if not there and folder.exists():
                found = f"{folder} is a file, and a folder is needed"
                return wrong(name, StateError, found, "move it, or choose another --state")
            with tempfile.TemporaryFile(dir=folder if there else _above(folder)) as file:
                file.write(b"x")
    except OrchestratorError as error:
        return failing(name, error, "give it to the user who runs this, or choose another --state")
    return fine(name, f"{folder} can be written" if there else f"{folder} would be made by the first run")


def _above(folder: Path) -> Path:
    return next(each for each in folder.absolute().parents if each.is_dir())


def _journal(home: Home) -> Check:
    name = "journal"
    try:
        if not home.exists:
            return fine(name, "there is none yet: nothing made earlier is known here")
        with closing(connect_to_read(home.journal)) as db, translated(home.journal):
            (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if sound != "ok":
                found = f"{home.journal} is damaged: {sound}"
                return wrong(
                    name, JournalBrokenError, found, "restore it from a backup before anything is run"
                )
            query = "SELECT position, name, body FROM fact ORDER BY position"
            read = sum(1 for _ in recorded_of(db.execute(query)))
            (version,) = db.execute("PRAGMA user_version").fetchone()
            return fine(
                name, f"{read} facts up to number {last_position(db)}, all readable, format {version}"
            )
    except OrchestratorError as error:
        blame = "close what holds it, or restore it; a run would not begin either"
        return failing(name, error, blame)


def _submitter(home: Home) -> Check:
    name = "submitter"
    holder = holder_of(home.holder)
    # A name is only left behind by a run that was killed; nobody's lock is touched where there is none.
    if holder is None or not home.lock.exists():
        return fine(name, "no run is going on")
    if _held(home.lock):
        return doubtful(
            name, f"a run is going on: {holder}", "wait for it, or look at it: orchestrate status"
        )
    return fine(name, "no run is going on; the last one was killed, and its lock is free")


def _held(lock: Path) -> bool:
    """Whether another process holds it: a reader is shut out by the holder, and shuts nobody out for long."""
    try:
        with closing(sqlite3.connect(f"{lock.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    return False


def _sqlite() -> Check:
    if sqlite3.sqlite_version_info < MINIMUM:
        needed = ".".join(map(str, MINIMUM))
        found = f"{sqlite3.sqlite_version}, and the journal needs {needed}"
        return wrong("SQLite", StateError, found, "use a Python that was built with a newer SQLite")
    return fine("SQLite", sqlite3.sqlite_version)

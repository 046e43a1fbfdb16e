"""Opening the journal's file: made whole or not at all, checked before it is touched, migrated."""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path

from orchestrator.errors import DiskError, JournalBrokenError, StateError
from orchestrator.store.anchor import saved
from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.patience import Patience
from orchestrator.store.transacting import rebuild, transaction
from orchestrator.store.troubles import MOVE_AWAY, PATIENCE, disk_translated, translated

APPLICATION_ID = int.from_bytes(b"ORCH", "big")
"""What `file` and we know a journal by: four bytes in SQLite's header."""

_CACHE = 64 * 1024
"""KiB of the file that a reader may remember: keys lie anywhere in it, and the usual 2 MiB forget them."""

MINIMUM = (3, 37)
"""The first SQLite with STRICT tables."""


def connect(path: Path) -> sqlite3.Connection:
    """The journal, ready to write; made when there is none. Raises only `StateError`s."""
    if sqlite3.sqlite_version_info < MINIMUM:
        needed = ".".join(map(str, MINIMUM))
        raise StateError(
            f"Python's SQLite is {sqlite3.sqlite_version}, the journal needs {needed}. "
            "Use a newer Python build."
        )
    with disk_translated(path):
        if not path.exists():
            _create(path)
    with ExitStack() as stack:
        db = _opened(path, "rw", stack)
        with translated(path):
            _make_durable(db, path)
            _migrate(db)
        stack.pop_all()
        return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The journal as it is, never blocked and never blocking; StateError when there is none."""
    with disk_translated(path):
        if not path.exists():
            raise StateError(f"there is no journal at {path} yet: `orchestrate run` makes it.")
    with ExitStack() as stack:
        db = _opened(path, "ro", stack)
        with translated(path):
            current = _version(db) == len(MIGRATIONS)
            db.execute(f"PRAGMA cache_size = -{_CACHE}")
        if current:
            stack.pop_all()
            return db
    connect(path).close()  # of an older version: brought up to date once
    return connect_to_read(path)


def _create(path: Path) -> None:
    """Make an empty journal under a name of its own, then give it its name in one step.

    So an empty or half-made file under that name is never one of ours, but a damaged journal.
    """
    stray, kept = path.with_name(f"{path.name}-wal"), saved(path)
    if kept.exists():
        raise JournalBrokenError(
            f"{path} is gone; it was removed while it was in use, and {kept.name} beside it is what it knew. "
            f"To go on, delete {stray.name} if there is one, and give {kept.name} the name {path.name}."
        )
    if stray.exists() and stray.stat().st_size:
        raise JournalBrokenError(
            f"{path} is gone, but {stray.name} beside it holds its newest facts. {MOVE_AWAY}"
        )
    fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with translated(fresh):
            _fill(fresh)
        _name(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _fill(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        _migrate(db)
    finally:
        db.close()


def _name(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:
        return  # another process made it meanwhile; that one counts
    except OSError:
        fresh.rename(path)  # file systems without links, as on most USB sticks
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _opened(path: Path, mode: str, stack: ExitStack) -> sqlite3.Connection:
    with translated(path):
        db = sqlite3.connect(_uri(path, mode), uri=True, timeout=PATIENCE, isolation_level=None)
        stack.callback(db.close)
        _check(db, path)
    return db


def _uri(path: Path, mode: str) -> str:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    # Reading in WAL mode wants to make a file beside the journal. In a folder that cannot be written
    # nobody else writes either, so without a WAL the file can be read as it lies.
    wal = path.with_name(f"{path.name}-wal")
    if mode == "ro" and not os.access(path.parent, os.W_OK) and not wal.exists():
        uri += "&immutable=1"
    return uri


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Refuse, before anything is changed, what is not a journal or is of a newer version."""
    (found,) = db.execute("PRAGMA application_id").fetchone()
    if found != APPLICATION_ID:
        what = "is empty" if path.stat().st_size == 0 else "is not a journal of orchestrate"
        raise JournalBrokenError(f"{path} {what}. {MOVE_AWAY}")
    version = _version(db)
    if version > len(MIGRATIONS):
        raise JournalBrokenError(
            f"{path} was written by a newer orchestrate (format {version}, this one knows "
            f"{len(MIGRATIONS)}). Nothing was changed. Upgrade orchestrate, or choose another --state."
        )


def _make_durable(db: sqlite3.Connection, path: Path) -> None:
    (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise DiskError(f"the disk of {path} cannot hold a journal (no WAL). Choose a local --state.")
    # FULL, not NORMAL: with NORMAL the last commits may be lost on power failure, and they are paid for.
    db.execute("PRAGMA synchronous = FULL")
    if sys.platform == "darwin":
        # There a plain fsync leaves the bytes in the drive's own cache.
        db.execute("PRAGMA fullfsync = ON")
        db.execute("PRAGMA checkpoint_fullfsync = ON")
    db.execute("PRAGMA foreign_keys = ON")


def _migrate(db: sqlite3.Connection) -> None:
    if _version(db) == len(MIGRATIONS):
        return
    with transaction(db):
        before = _version(db)
        if before >= len(MIGRATIONS):
            return  # another process migrated it while we waited
        for statements in MIGRATIONS[before:]:
            for statement in statements:
                db.execute(statement)
        if before == 0:
            db.execute("INSERT INTO meta VALUES ('id', ?)", (secrets.token_hex(16),))
        else:
            # Killed at any instant, it leaves the old journal: all of this is one transaction.
            rebuild(db, Patience("The journal is brought up to date, once", "takes").told)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

"""The one seam where errors of SQLite and of the disk become ours, with their cause kept."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import DiskError, JournalBrokenError, JournalBusyError, StateError

PATIENCE = 2.0
"""Seconds that one of our short calls waits for another process's short transaction."""

MOVE_AWAY = (
    "Nothing was changed. Restore it from a backup, or move it away to begin an empty one: "
    "what was made and paid before is then unknown, and would be paid again."
)

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_NO_RIGHT = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_NOLFS,
}
_MACHINE = {sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_INTERRUPT}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside becomes a `StateError`, or an assertion where it is our bug."""
    try:
        yield
    except sqlite3.Error as error:
        raise our_error(error, path) from error


@contextmanager
def disk_translated(path: Path) -> Iterator[None]:
    """Whatever the operating system raises inside becomes a `DiskError` or a `StateError`."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error, path) from error


def our_error(error: sqlite3.Error, path: Path) -> StateError | AssertionError:
    """Our error for one of SQLite's about that file; constraints and misuse are bugs of ours."""
    code = _code(error)
    if code in _DAMAGED:
        return JournalBrokenError(f"{path} is damaged or not a journal ({error}). {MOVE_AWAY}")
    if code in _LOCKED:
        return JournalBusyError(
            f"{path} stays locked by another process ({error}). "
            "Try again in a moment; if it stays so, close the program that holds the file open."
        )
    if code in _NO_ROOM:
        return DiskError(
            f"the disk of {path} takes no more ({error}). Free some space and go on with "
            "`orchestrate resume`; what is in the journal is safe."
        )
    if code in _NO_RIGHT:
        return DiskError(
            f"{path} cannot be opened or written ({error}). "
            "Check that it and its folder are yours and writable, or choose another folder with --state."
        )
    if code in _MACHINE:
        return StateError(f"{path} could not be used: {error}. Run again with memory to spare.")
    return AssertionError(f"{path}: {error}")


def is_full(error: StateError) -> bool:
    """Whether it came of a write that found no room."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and _code(cause) in _NO_ROOM


def _code(error: sqlite3.Error) -> int:
    # Errors of the Python module itself carry no code: an OperationalError is text that is not UTF-8.
    default = sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else sqlite3.SQLITE_MISUSE
    code: int = getattr(error, "sqlite_errorcode", default)
    return code & 0xFF


def _disk_error(error: OSError, path: Path) -> StateError:
    where = error.filename or path
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return DiskError(f"no room on the disk for {where}. Free some space and run again.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return DiskError(
                f"no right to write {where} ({error.strerror}). "
                "Change its permissions, or choose another folder with --state."
            )
        case errno.EEXIST | errno.ENOTDIR:
            return StateError(
                f"{where} is in the way: a folder is needed there. Move it, or choose another --state."
            )
        case _:
            return DiskError(f"{where} cannot be used: {error.strerror}. Choose another folder with --state.")

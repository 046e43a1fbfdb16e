"""Whether a journal's file still lies where it was opened; what it knew is saved where it does not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from orchestrator.errors import JournalBrokenError
from orchestrator.store.troubles import disk_translated, translated


class Anchor:
    """The file that a connection writes to, known by more than its name.

    A connection goes on writing to a file that was deleted, moved or replaced, and all that is lost with
    it: `git clean -fdx` in the wrong moment is enough.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)

    def check(self) -> None:
        """JournalBrokenError where nobody would find what is written from now on."""
        if _identity(self._path) != self._file:
            raise JournalBrokenError(
                f"{self._path} was removed or replaced while it was in use: nothing more is sent. "
                f"{saved(self._path).name} beside it will hold what it knew; the next run says how to go on."
            )

    def save(self, db: sqlite3.Connection) -> None:
        """Write all that the connection knows beside where its file was, if that is gone."""
        if _identity(self._path) == self._file:
            return
        target = saved(self._path)
        with disk_translated(target), translated(target):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            db.execute("VACUUM INTO ?", (str(target),))


def saved(path: Path) -> Path:
    """Where the facts of a journal are that was removed while it was in use."""
    return path.with_name(f"{path.name}-saved")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

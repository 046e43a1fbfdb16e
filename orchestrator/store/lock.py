"""One submitter at a time: a lock that the operating system lets go of when its holder dies."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from orchestrator.errors import JournalBusyError
from orchestrator.store.troubles import disk_translated, translated


@dataclass(frozen=True, slots=True)
class Holder:
    """Who submits; `since` is local time with its offset."""

    pid: int
    host: str
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since} ({self.command})"


@contextmanager
def submitting(lock: Path, holder: Path) -> Iterator[None]:
    """Hold the lock, and say in the file beside it who does; JournalBusyError at once if another does."""
    with ExitStack() as stack:
        with translated(lock):
            db = stack.enter_context(closing(sqlite3.connect(lock, timeout=0, isolation_level=None)))
            _acquire(db, lock, holder)
        # The name goes before the lock does: the next holder's name is never taken away.
        stack.callback(_unname, holder)
        with disk_translated(holder):
            _name(holder)
        yield


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock, as far as the text tells; it may be stale when nobody does."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Holder(int(fields["pid"]), *(_printable(fields[key]) for key in ("host", "since", "command")))
    except (OSError, ValueError, LookupError, TypeError):
        return None  # only words for a message hang on it


@cache
def this_process() -> Holder:
    """Who we are, since now."""
    since = datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    return Holder(os.getpid(), socket.gethostname(), since, _command())


def _acquire(db: sqlite3.Connection, lock: Path, holder: Path) -> None:
    try:
        db.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise JournalBusyError(
            f"another run is submitting from {lock.parent}: {holder_of(holder) or 'unknown process'}. "
            "Wait for it or stop it with Ctrl-C; `orchestrate status` shows how far it is."
        ) from error


def _name(path: Path) -> None:
    holder = this_process()
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(asdict(holder), ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)


def _unname(path: Path) -> None:
    with suppress(OSError):  # a name left behind is harmless: the lock says whether anybody holds it
        path.unlink(missing_ok=True)


def _command() -> str:
    # Options are left out: a value among them may be a key.
    words = [Path(sys.argv[0]).name, *(word for word in sys.argv[1:4] if not word.startswith("-"))]
    return textwrap.shorten(" ".join(words), 80, placeholder=" …")


def _printable(text: object) -> str:
    return "".join(letter for letter in str(text) if letter.isprintable())

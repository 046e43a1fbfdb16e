"""A world on disk: committed before it answers, held by one process at a time, the same after a kill."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from orchestrator.errors import StateError
from orchestrator.sandbox.tasks import Task, task_from_json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS task (id TEXT PRIMARY KEY, number INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
"""


class State(Protocol):
    """Where a world is kept; every method returns when what it was given is safe from a kill."""

    def save(self, task: Task) -> None: ...

    def note(self, key: str, value: str) -> None: ...


class Memory:
    """A world that ends with its process."""

    def save(self, task: Task) -> None: ...

    def note(self, key: str, value: str) -> None: ...


class Disk:
    """A folder with `world.db`, the videos, and a lock that a killed process releases."""

    def __init__(self, folder: Path, *, lock_seconds: float = 5.0) -> None:
        """Take the folder; waits `lock_seconds` for another process to leave, then raises StateError."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder, lock_seconds)
            self._db = sqlite3.connect(folder / "world.db", isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            # Nothing here is paid for: a kill must lose nothing, a power failure may.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"the sandbox cannot keep its state in {folder}: {error}") from error

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def seed(self) -> str:
        """What this world's ids are drawn from; made once, so that no two worlds share ids."""
        known = self.noted("seed")
        if known:
            return known
        seed = secrets.token_hex(8)
        self.note("seed", seed)
        return seed

    def tasks(self) -> Iterable[Task]:
        """Every task, in the order of acceptance."""
        rows = self._db.execute("SELECT record FROM task ORDER BY number").fetchall()
        return [task_from_json(json.loads(record)) for (record,) in rows]

    def save(self, task: Task) -> None:
        record = json.dumps(task.to_json())
        self._db.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?)", (task.id, task.number, record))

    def noted(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, value))


def _lock(folder: Path, seconds: float) -> sqlite3.Connection:
    """An exclusive transaction on a side file: portable, and SIGKILL releases it."""
    lock = sqlite3.connect(folder / "lock.db", isolation_level=None, timeout=seconds)
    holder = folder / "holder"
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
        raise StateError(
            f"{folder} is in use by {who}; stop that sandbox or choose another --state"
        ) from error
    holder.write_text(f"process {os.getpid()}", encoding="utf-8")
    return lock

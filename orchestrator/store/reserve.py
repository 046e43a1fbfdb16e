"""Room on the disk set aside, so that what was accepted can still be written when it is full."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator.store.troubles import disk_translated

SIZE = 8 * 1024 * 1024
"""Bytes set aside: room for many thousand facts."""


class Reserve:
    """A file of zeros that is given up when the journal finds no other room."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size
        self._held = False

    def hold(self) -> None:
        """Set the room aside, again if it was given up: DiskError when there is none."""
        if self._held:
            return
        with disk_translated(self._path):
            if not self._path.exists() or self._path.stat().st_size < self._size:
                self._allocate()
        self._held = True

    def release(self) -> bool:
        """Give the room up; whether there was any to give."""
        if not self._held:
            return False
        with disk_translated(self._path):
            self._path.unlink(missing_ok=True)
        self._held = False
        return True

    def _allocate(self) -> None:
        complete = False
        try:
            with self._path.open("wb") as file:
                file.write(bytes(self._size))
                file.flush()
                os.fsync(file.fileno())
            complete = True
        finally:
            if not complete:
                self._path.unlink(missing_ok=True)

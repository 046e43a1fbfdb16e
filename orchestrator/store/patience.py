"""Says on stderr that something takes long, and how far it is: nothing is as unsettling as silence."""

from __future__ import annotations

import sys
import time

_SILENT = 1.0
_PAUSE = 5.0


class Patience:
    """Told often of what goes on; says it after a second, and then every few."""

    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit = what, unit
        self._next = time.monotonic() + _SILENT

    def told(self, done: int, of: int) -> None:
        """So much of it is done."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        print(f"{self._what}: {done:,} of {of:,} {self._unit} …", file=sys.stderr, flush=True)

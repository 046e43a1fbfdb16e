"""Wakes whoever sleeps until it is time to try again: a person did something."""

from __future__ import annotations

import anyio


class Hints:
    """One event at a time: set, then replaced, so that each wake is seen once by all who slept."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def wake(self) -> None:
        """Everybody who sleeps looks again now."""
        self._event.set()
        self._event = anyio.Event()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds, or as soon as somebody wakes."""
        event = self._event
        with anyio.move_on_after(seconds):
            await event.wait()

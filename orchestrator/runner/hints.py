"""Wakes whoever sleeps until it is time to ask: a notice came, or a person did something."""

from __future__ import annotations

import math
from dataclasses import dataclass

import anyio


@dataclass(eq=False, slots=True)
class _Sleeper:
    scope: anyio.CancelScope
    soonest: float

    def rouse(self, at: float) -> None:
        self.scope.deadline = min(self.scope.deadline, at)


class Hints:
    """Rouses all who sleep, or the one who waits to ask for a task; what comes in between is not lost."""

    def __init__(self) -> None:
        self._asleep: set[_Sleeper] = set()
        self._asking: dict[str, _Sleeper] = {}
        self._noticed: set[str] = set()

    def wake(self) -> None:
        """Everybody who sleeps looks again now."""
        for sleeper in self._asleep:
            sleeper.rouse(-math.inf)

    def notice(self, task_id: str) -> None:
        """This task may have ended: whoever asks for it asks soon, now or the next time they would sleep."""
        self._noticed.add(task_id)
        if task_id in self._asking:
            self._asking[task_id].rouse(self._asking[task_id].soonest)

    async def sleep(self, seconds: float, task_id: str | None = None, *, least: float = 0.0) -> None:
        """Return after so many seconds, or as soon as somebody wakes.

        A notice of this task ends it too, but not before `least` seconds: however many come, and whoever
        sends them, they bring a question forward and never make two where one would do.
        """
        began = anyio.current_time()
        with anyio.CancelScope(deadline=began + seconds) as scope:
            sleeper = _Sleeper(scope, began + least)
            self._asleep.add(sleeper)
            try:
                await self._sleep(sleeper, task_id)
            finally:
                self._asleep.remove(sleeper)

    async def _sleep(self, sleeper: _Sleeper, task_id: str | None) -> None:
        if task_id is None:
            await anyio.sleep_forever()
            return
        self._asking[task_id] = sleeper
        try:
            if task_id in self._noticed:
                sleeper.rouse(sleeper.soonest)
            await anyio.sleep_forever()
        finally:
            del self._asking[task_id]
            self._noticed.discard(task_id)

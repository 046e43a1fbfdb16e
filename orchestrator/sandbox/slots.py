"""How many tasks run: each holds a slot of the account from acceptance to its end."""

from __future__ import annotations

import heapq

from orchestrator.sandbox.tasks import Task


class Slots:
    """Counts running tasks without looking at every task the account ever had."""

    def __init__(self) -> None:
        self._ends: list[tuple[int, str]] = []
        self._waiting: set[str] = set()

    def take(self, task: Task) -> None:
        """Note an accepted task that may still run."""
        ended = task.ended_at()
        if ended is None:
            self._waiting.add(task.id)
        else:
            heapq.heappush(self._ends, (ended, task.id))

    def rendered(self, task: Task) -> None:
        """From now on the end of this task is known."""
        if task.id in self._waiting:
            self._waiting.remove(task.id)
            self.take(task)

    def in_use(self, now: int) -> int:
        while self._ends and self._ends[0][0] <= now:
            heapq.heappop(self._ends)
        return len(self._ends) + len(self._waiting)

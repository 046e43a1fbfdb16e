"""Chains that were taken on and not planned yet, the one that may turn out the most urgent first."""

from __future__ import annotations

import heapq
import math
from itertools import count

from orchestrator.runner.outside import ChainName


class Unplanned:
    """So the best step of thousands of chains is known before most of them were looked at."""

    def __init__(self) -> None:
        self._order = count()
        self._waiting: dict[str, list[tuple[float, int, ChainName]]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, account: str, name: ChainName, most: float) -> None:
        """No step of this chain is more urgent than `most`, in seconds (`planner.order`)."""
        heapq.heappush(self._waiting.setdefault(account, []), (-most, next(self._order), name))

    def most(self, account: str) -> float:
        """How urgent a step may be at most that none of them has shown yet."""
        waiting = self._waiting.get(account)
        return -waiting[0][0] if waiting else -math.inf

    def next(self) -> ChainName:
        """Take away the one that is to be planned next; accounts take turns."""
        account, waiting = next(iter(self._waiting.items()))
        _, _, name = heapq.heappop(waiting)
        del self._waiting[account]
        if waiting:
            self._waiting[account] = waiting
        return name

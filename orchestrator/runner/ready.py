"""Submissions that wait for their gate, the one with the longest line below it first."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from orchestrator.identity import StepKey
from orchestrator.planner import Submit
from orchestrator.runner.outside import ChainName

_Waiting = tuple[float, int, ChainName, Submit]


class Ready:
    """By account. What is not wanted any more stays until somebody looks at it."""

    def __init__(self) -> None:
        self._order = count()
        self._waiting: dict[str, list[_Waiting]] = {}

    def add(self, account: str, name: ChainName, submit: Submit) -> None:
        """A chain has this submission ready; of equally long lines the first that came goes first."""
        place = (-submit.level, next(self._order), name, submit)
        heapq.heappush(self._waiting.setdefault(account, []), place)

    def best(
        self, account: str, most: int, least: float, wanted: Callable[[ChainName, Submit], bool]
    ) -> list[tuple[ChainName, Submit]]:
        """So many at most, one of each step, none below `least`; they stay while they are wanted."""
        waiting = self._waiting.get(account, [])
        found: dict[StepKey, _Waiting] = {}
        staying: list[_Waiting] = []
        while waiting and len(found) < most and waiting[0][3].level >= least:
            _, _, name, submit = each = heapq.heappop(waiting)
            if wanted(name, submit):
                staying.append(each)
                found.setdefault(submit.step, each)
        for each in staying:
            heapq.heappush(waiting, each)
        return [(name, submit) for _, _, name, submit in found.values()]

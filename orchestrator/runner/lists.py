"""Asks for many tasks at once: the provider's list of tasks, read for as long as that is worth it."""

from __future__ import annotations

import math

from orchestrator.plan import Kind
from orchestrator.ports import Page
from orchestrator.runner.desk import Desk
from orchestrator.runner.question import NEVER, Question
from orchestrator.watching import look_gap

_FEW = 4
"""With fewer tasks in the air, a question for each is cheaper than a list."""

_WORTH = 8
"""A page that shows fewer of our tasks costs more than asking for them; so may the one behind it."""

_SMALLEST, _LARGEST = 30, 500
"""Tasks on a page (protocol page, §1)."""

_NEAR, _CROWD = 0.04, 200
"""A look further away than this part of a task's time is not waited for, unless so many are in the air."""

_OFF = 600.0
"""Seconds for which a list that was of no use is left alone."""


class Lane:
    """The tasks of one account and kind that are asked after.

    Where the provider offers its list, questions that are due wait for the next look at it. It is believed
    for what it shows, a task that runs or one that has its video, and for nothing else: whatever it leaves
    out is asked for by itself, and so is a task that is late, which a list that lags may show for ever.
    What runs waits for the next look: with thousands in the air, when each of them is due is no question.
    """

    def __init__(self, desk: Desk, kind: Kind) -> None:
        self.desk = desk
        self.kind = kind
        self.watched: dict[str, Question] = {}
        self.waiting: dict[Question, None] = {}
        self.due = NEVER
        self.looking = False
        self._next = -math.inf
        self._off_until = -math.inf

    def takes(self, question: Question, now: float) -> bool:
        """It is asked with the others, at the next look."""
        many = len(self.watched) >= _FEW and now >= self._off_until
        return many and not (question.alone or question.is_late(now)) and self._near(question)

    def next_look(self, now: float) -> float:
        """When that is."""
        return max(now, self._next)

    def leave_alone(self, now: float, seconds: float = _OFF) -> None:
        """The list is of no use: every task is asked for by itself for a while."""
        self._off_until = now + seconds

    def begin_look(self, now: float) -> int:
        """How many tasks to ask for on a page, in a look at the list that begins now."""
        usual = next(iter(self.watched.values())).expected
        self._next = now + look_gap(usual, self.desk.provider.floor)
        return min(_LARGEST, max(_SMALLEST, 2 * len(self.watched)))

    async def page(self, number: int, size: int, now: float) -> Page | None:
        """One page of the list, None when reading it is of no use: UnreachableError, ProviderError."""
        page = await self.desk.provider.look_over(self.kind, self.watched, number, size)
        if page is None or (number == 1 and not page.shown):
            self.leave_alone(now)
        return page

    def goes_on(self, page: Page) -> bool:
        """The page behind this one is worth asking for."""
        return not page.last and page.shown >= _WORTH

    def _near(self, question: Question) -> bool:
        """Looks follow one another so closely that waiting for the next costs little of a task's time."""
        usual = question.expected
        gap = look_gap(usual, self.desk.provider.floor)
        return gap <= _NEAR * usual.mean or len(self.watched) >= _CROWD

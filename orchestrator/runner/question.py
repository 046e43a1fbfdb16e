"""One task that is asked after: when it is next, and what an answer to it makes to be written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import anyio

from orchestrator.errors import UnreachableError
from orchestrator.facts import TaskFailed, TaskMissed, TaskSucceeded
from orchestrator.planner import Watch, expected
from orchestrator.ports import Answer, Failed, Missing, Running, Succeeded
from orchestrator.runner.desk import Desk
from orchestrator.runner.errands import Errand
from orchestrator.watching import Expectation, look_gap, next_question

NEVER = math.inf

SULK = 60.0
"""Seconds between questions where the provider answers what nobody can read, or cannot be reached."""


@dataclass(eq=False, slots=True)
class Question:
    """`due` and `soonest` are seconds of the clock that only grows: when it is asked, and not before when.

    `alone`: not together with others, from a list. `told`: how its task ended is being written down.
    """

    desk: Desk
    action: Watch
    due: float
    soonest: float
    pause: float
    alone: bool = False
    told: bool = False
    over: bool = False
    scope: anyio.CancelScope | None = None
    _late: float | None = None

    def is_late(self, now: float) -> bool:
        """It takes longer than nearly all, and two looks at a list that knows would have shown its end."""
        if self._late is None:
            usual = self.expected
            self._late = now - self.age + usual.late + 2 * look_gap(usual, self.desk.provider.floor)
        return now >= self._late

    @property
    def name(self) -> Errand:
        """What it is known by among all that is in hand."""
        return self.action.take, self.action.attempt.begun.number

    @property
    def task_id(self) -> str:
        """The task."""
        assert self.action.attempt.task_id is not None
        return self.action.attempt.task_id

    @property
    def left(self) -> float:
        """Seconds until it is for a person to look."""
        return (self.action.until - self.desk.now()).total_seconds()

    @property
    def settled(self) -> bool:
        """The task has ended, or somebody let it go."""
        number = self.action.attempt.begun.number
        return all(each.begun.number != number for each in self.desk.lineage.take(self.action.take).open)

    @property
    def expected(self) -> Expectation:
        """How long such a task takes."""
        return expected(self.desk.lineage, self.desk.settings, self.action.attempt.begun)

    @property
    def age(self) -> float:
        """Seconds since it was accepted."""
        tasked_at = self.action.attempt.tasked_at
        assert tasked_at is not None
        return max(timedelta(0), self.desk.now() - tasked_at).total_seconds()

    @property
    def first(self) -> float:
        """Seconds until it is worth asking for the first time, counted from when it was accepted."""
        return max(0.0, next_question(0.0, self.expected, self.desk.provider.floor) - self.age)

    @property
    def wait(self) -> float:
        """Seconds until it is worth asking, as its task is now."""
        return next_question(self.age, self.expected, self.desk.provider.floor)

    def lengthened(self, error: UnreachableError) -> float:
        """The pause after one that was not answered: twice the last, or as long as was asked for."""
        self.pause = max(min(self.pause * 2, SULK), error.retry_after or 0)
        return self.pause

    def makes(self, answer: Answer) -> TaskSucceeded | TaskFailed | TaskMissed | None:
        """The fact that the answer comes to, if it is news."""
        now, begun, task_id = self.desk.now(), self.action.attempt.begun, self.task_id
        match answer:
            case Running():
                return None
            case Missing(message=message):
                known = self.desk.lineage.take(begun.take).attempts[begun.number - 1]
                missed = TaskMissed(now, begun.take, begun.number, task_id, message)
                return missed if known.missed is None else None
            case Succeeded():
                return self._succeeded(answer)
            case Failed(reason=reason, message=message, units=units, raw=raw):
                return TaskFailed(now, begun.take, begun.number, task_id, reason, message, units, raw)

    def _succeeded(self, answer: Succeeded) -> TaskSucceeded:
        begun, tasked_at = self.action.attempt.begun, self.action.attempt.tasked_at
        assert tasked_at is not None
        return TaskSucceeded(
            at=self.desk.now(),
            take=begun.take,
            number=begun.number,
            task_id=self.task_id,
            video_id=answer.video_id,
            duration=answer.duration,
            created_at=answer.created_at or tasked_at,
            ended_at=answer.ended_at,
            parent_duration=answer.parent_duration,
            units=answer.units,
            billed=answer.billed,
            echoed=begun.external_id is not None and answer.external_id == begun.external_id,
            raw=answer.raw,
        )

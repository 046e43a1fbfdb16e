"""All that is in hand: acts, each once at a time, and questions about tasks, which one task serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set

from anyio.abc import TaskGroup

from orchestrator.errors import OrchestratorError
from orchestrator.facts import AttemptFact, Fact
from orchestrator.identity import TakeKey
from orchestrator.planner import Watch
from orchestrator.ports import Clock
from orchestrator.runner.desk import Desk
from orchestrator.runner.errands import Errand, Errands
from orchestrator.runner.watching import Questions


class Hands:
    """`ended` hears of everything that is over, `failed` of the error that it could not get past."""

    def __init__(
        self,
        tasks: TaskGroup,
        clock: Clock,
        ended: Callable[[Errand], None],
        failed: Callable[[OrchestratorError], None],
    ) -> None:
        self._errands = Errands(tasks, ended, failed)
        self._questions = Questions(tasks, clock, ended, failed)
        tasks.start_soon(self._questions.serve)

    @property
    def idle(self) -> bool:
        """Nothing is in hand."""
        return self._errands.idle and self._questions.idle

    @property
    def given_up(self) -> int:
        """How many of them are not tried again."""
        return self._errands.given_up + self._questions.given_up

    def busy(self, key: object) -> bool:
        """Something is in hand for this take, or (for what belongs to none) under this name."""
        return self._errands.busy(key) or self._questions.busy(key)

    def begin(self, name: Errand, act: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Start an act, unless it is in hand or was given up; one that returns False gives up."""
        self._errands.begin(name, act, *arguments)

    def ask(self, desk: Desk, action: Watch) -> None:
        """Ask after a task until it ends, unless it is asked after or was given up."""
        self._questions.begin(desk, action)

    def hint(self, take: TakeKey, task_id: str) -> None:
        """This task may have ended: it is asked for soon."""
        self._questions.hint(take, task_id)

    def learn(self, fact: Fact) -> None:
        """A task that has ended, or was let go, is not asked after any more."""
        if isinstance(fact, AttemptFact):
            self._questions.settle(fact.take)

    def stop(self, takes: Set[TakeKey]) -> None:
        """Leave off what is in hand for these takes, and forget what was given up: another may try."""
        self._errands.stop(takes)
        self._questions.stop(takes)

    def forgive(self) -> None:
        """What was given up may be begun again."""
        self._errands.forgive()
        self._questions.forgive()

"""What is in hand: acts in the run's one task group, each once at a time, none begun again once given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Set

import anyio
from anyio.abc import TaskGroup

from orchestrator.errors import OrchestratorError
from orchestrator.identity import TakeKey

Errand = tuple[TakeKey | None, object]
"""A take, and which of its attempts or what else is done for it; None for what belongs to no take."""


class Errands:
    """`ended` hears of every act that is over, `failed` of the error that one could not get past."""

    def __init__(
        self, tasks: TaskGroup, ended: Callable[[Errand], None], failed: Callable[[OrchestratorError], None]
    ) -> None:
        self._tasks = tasks
        self._ended = ended
        self._failed = failed
        self._in_hand: dict[Errand, anyio.CancelScope] = {}
        self._busy: Counter[object] = Counter()
        self._given_up: set[Errand] = set()

    @property
    def idle(self) -> bool:
        """Nothing is in hand."""
        return not self._in_hand

    @property
    def given_up(self) -> int:
        """How many acts this run does not try again."""
        return len(self._given_up)

    def busy(self, key: object) -> bool:
        """Something is in hand for this take, or (for what belongs to none) under this name."""
        return self._busy[key] > 0

    def begin(self, name: Errand, act: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Start it, unless it is in hand or was given up; an act that returns False gives up."""
        if name not in self._in_hand and name not in self._given_up:
            self._in_hand[name] = anyio.CancelScope()
            self._busy[_key(name)] += 1
            self._tasks.start_soon(self._do, name, act, arguments)

    def stop(self, takes: Set[TakeKey]) -> None:
        """Leave off what is in hand for these takes, and forget what was given up: another may try."""
        for name, scope in self._in_hand.items():
            if name[0] in takes:
                scope.cancel()
        self._given_up = {name for name in self._given_up if name[0] not in takes}

    def forgive(self) -> None:
        """What was given up may be begun again."""
        self._given_up.clear()

    async def _do(
        self, name: Errand, act: Callable[..., Awaitable[object]], arguments: tuple[object, ...]
    ) -> None:
        try:
            with self._in_hand[name]:
                if await act(*arguments) is False:
                    self._given_up.add(name)
        except OrchestratorError as error:
            self._given_up.add(name)
            self._failed(error)
        finally:
            del self._in_hand[name]
            self._busy[_key(name)] -= 1
            if not self._busy[_key(name)]:
                del self._busy[_key(name)]
            self._ended(name)


def _key(name: Errand) -> object:
    return name[1] if name[0] is None else name[0]

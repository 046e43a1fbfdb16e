"""Remembers how a made step looked, for as long as nothing that it was planned from has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import is_

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Take, Video
from orchestrator.planner.views import StepView

Sort = tuple[str, str | None]
"""Account and model: what gains of extensions are told apart by."""

StepName = tuple[str, int, int]
"""A chain, the index of one of its steps, and which repetition of it."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A step, and all that it was planned from; `word` is where a person had last spoken of any step."""

    word: int
    keys: tuple[TakeKey, ...]
    takes: tuple[Take | None, ...]
    view: StepView

    def holds(self, lineage: Lineage, parent: Video | None) -> bool:
        """Nothing of that has changed; every value is replaced when it does."""
        if self.view.parent is not parent or self.word != lineage.word:
            return False
        return all(map(is_, map(lineage.takes.get, self.keys), self.takes))


class Memory:
    """What one plan's steps looked like.

    Only a step whose takes all exist is remembered: neither the time nor the ledger decides about it any
    more, only its takes, its parent and a person's word. So a chain of forty steps is not worked out anew,
    keys and all, for every fact about its newest.
    """

    def __init__(self) -> None:
        self._steps: dict[StepName, Remembered] = {}
        self._widest: dict[Sort, tuple[int, Decimal]] = {}

    def recall(self, name: StepName, lineage: Lineage, parent: Video | None) -> Remembered | None:
        """The step as it was, if it cannot look otherwise now."""
        found = self._steps.get(name)
        return found if found is not None and found.holds(lineage, parent) else None

    def keep(self, name: StepName, lineage: Lineage, view: StepView, consulted: Iterable[TakeKey]) -> None:
        """Remember it, planned from these takes, if it is made and nothing of it is left to do."""
        if view.picked is None or any(take.next is not None for take in view.takes):
            return
        keys = tuple(dict.fromkeys(consulted))
        takes = tuple(map(lineage.takes.get, keys))
        self._steps[name] = Remembered(lineage.word, keys, takes, view)

    def widest(self, sort: Sort, gains: Sequence[Decimal], recent: int) -> Decimal:
        """The largest of so many recent gains in seconds, of a list that only grows; looked for once."""
        known = self._widest.get(sort)
        if known is None or known[0] != len(gains):
            known = self._widest[sort] = len(gains), max(gains[-recent:])
        return known[1]

"""Facts that wait for the next commit, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from orchestrator.errors import StateError
from orchestrator.facts import Fact, Recorded
from orchestrator.store.recording import Outcome


@dataclass(slots=True, eq=False)
class Group:
    """Facts given in one call; those of other tasks may share their commit."""

    facts: tuple[Fact, ...]
    outcome: Outcome | StateError | None = None

    def settled(self) -> tuple[Recorded, ...]:
        """The facts with their places, or what kept them from being written."""
        assert self.outcome is not None, "the commit that these facts shared broke off"
        if isinstance(self.outcome, StateError | AssertionError):
            raise self.outcome
        return self.outcome


@contextmanager
def settle(groups: Sequence[Group]) -> Iterator[list[Outcome]]:
    """Each group learns what became of it: the outcomes put into the list, or the error that came."""
    outcomes: list[Outcome] = []
    try:
        yield outcomes
    except StateError as error:
        for group in groups:
            group.outcome = error
    else:
        for group, outcome in zip(groups, outcomes, strict=True):
            group.outcome = outcome

"""A fact without what the journal alone has to keep: the plan's JSON and the provider's very words."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from orchestrator.facts.attempts import AttemptDeclined, TaskAccepted, TaskFailed, TaskSucceeded
from orchestrator.facts.runs import RunBegan
from orchestrator.facts.videos import VideoAdopted

F = TypeVar("F")


def lean(fact: F) -> F:
    """As much of it as a run or a table wants; the fact itself where that is all."""
    if isinstance(fact, RunBegan):
        return fact if fact.resolved is None else replace(fact, resolved=None)
    if isinstance(fact, TaskAccepted | TaskSucceeded | TaskFailed | VideoAdopted | AttemptDeclined):
        return fact if fact.raw is None else replace(fact, raw=None)
    return fact

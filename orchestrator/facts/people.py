"""What people said of takes and steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.identity import StepKey, TakeKey


@dataclass(frozen=True, slots=True)
class TakePicked:
    """A person chose the take that a chain goes on from; the last word counts."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    take_number: int


@dataclass(frozen=True, slots=True)
class TakeRejected:
    """A person does not want this take; it is never picked."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    take_number: int


@dataclass(frozen=True, slots=True)
class TakeWanted:
    """A person wants this many takes of the step in all, if the plan does not want more."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    takes: int


@dataclass(frozen=True, slots=True)
class TakeRetried:
    """A person wants a take tried again; what failed or was refused before no longer counts."""

    at: datetime
    take: TakeKey


@dataclass(frozen=True, slots=True)
class StepApproved:
    """A person looked at the step and wants the chain to go on."""

    at: datetime
    plan: str
    chain: str
    step: StepKey

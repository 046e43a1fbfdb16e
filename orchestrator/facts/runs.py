"""When runs began to work on a plan, and how they left its chains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RunBegan:
    """A run began to work on this plan; written first, one for each plan of the run.

    `resolved` is the plan as it was read, with every file that it names (`orchestrator.resolved`).
    """

    at: datetime
    run: str
    plan: str
    path: str | None
    digest: str
    text: str
    resolved: str | None = None


@dataclass(frozen=True, slots=True)
class ChainStopped:
    """A run left the chain in this state; information for people, never read by the planner.

    `seconds` is how long its film is, `made` how many of its steps exist, `digest` that of the plan's text.
    `settled`: done, and only another text or a person's word can make it go on.
    """

    at: datetime
    run: str
    plan: str
    chain: str
    state: str
    because: str
    seconds: Decimal | None = None
    made: int | None = None
    digest: str | None = None
    settled: bool = False

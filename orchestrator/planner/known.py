"""What a chain is planned from, and a step that is wanted of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.budget import Ledger
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import Chain, Kind, Plan, Step
from orchestrator.planner.memory import Memory
from orchestrator.planner.order import Level
from orchestrator.planner.taking import Run
from orchestrator.planner.views import ChainView, StepView


@dataclass(frozen=True, slots=True)
class Known:
    """What a chain is planned from: every value the decision may look at."""

    plan: Plan
    chain: Chain
    lineage: Lineage
    ledger: Ledger
    now: datetime
    run: Run
    view_of: Callable[[str], ChainView]
    level_of: Callable[[int, int, Video | None], Level]
    memory: Memory = field(default_factory=Memory)
    named: frozenset[tuple[str, str | None, int]] = frozenset()
    consulted: list[TakeKey] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Onward:
    """What makes the next video, and why it is no extension where one was to be tried first."""

    kind: Kind
    because: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step in one repetition, and how it grows out of its parent; `index` is -1 for a generated source.

    `made` is the step of the plan that made the parent, if one did.
    """

    step: Step
    parent: Video | None
    repeat: int
    index: int = -1
    onward: Onward = Onward(Kind.EXTEND)
    made: StepView | None = None

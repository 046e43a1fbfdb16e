"""What a run is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.budget import Spent
from orchestrator.errors import OrchestratorError
from orchestrator.facts import AttemptBegun
from orchestrator.planner import ChainView, Hold
from orchestrator.ports import Archive, Clock, Journal, Provider, Reporter

GLANCE = 1.0
"""Seconds between two looks for facts that another process has written."""

ChainName = tuple[str, str]
"""Plan and chain."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything a run reaches the world through; providers by account."""

    journal: Journal
    providers: Mapping[str, Provider]
    archive: Archive
    clock: Clock
    reporter: Reporter
    glance: float = GLANCE


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: its chains, holds on work no plan wants, what it spent, and what stopped it.

    `films` are the readable names that finished chains were given, by plan and chain.
    """

    views: tuple[ChainView, ...]
    films: Mapping[ChainName, str]
    strays: tuple[Hold, ...]
    spent: Spent
    in_the_air: tuple[AttemptBegun, ...]
    unkept: int
    drained: bool
    error: OrchestratorError | None

"""Chains of steps, each out of one source, and the plan that they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from orchestrator.plan.settings import Downloads, Limits, Notify, Prices, ProviderSettings
from orchestrator.plan.sources import Generation, Source
from orchestrator.plan.steps import FILL, By, Position, Step

CAP = Decimal(180)
"""A whole video is at most three minutes long, in seconds (protocol page, §6)."""

SHORTEST, LONGEST = Decimal(4), Decimal(5)
"""One extension adds 4–5 s, in seconds (protocol page, §3); never assumed, only for forecasts."""

SOURCE_STEP = "0"
"""The name of a chain's source where a step is meant: a generated source is its step 0."""

AS_WRITTEN: Literal["as-written"] = "as-written"
"""`order: as-written`: the first chain of the plan that can go on goes on first."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A line of steps that grows out of one source, until a length in seconds.

    Nothing is paid for beyond a step that has drifted by more than `drift_stop`, before a person looked.
    """

    name: str
    source: Source
    steps: tuple[Step, ...] = ()
    until: Decimal | None = None
    budget: Limits = field(default_factory=Limits)
    drift_stop: Decimal | None = None
    position: Position | None = field(default=None, compare=False)
    by_frame: bool = field(init=False, compare=False, repr=False)
    """Whether any step may go on from a last frame, and so beyond the cap."""
    goal: Decimal = field(init=False, compare=False, repr=False)
    """The length in seconds at which the chain is done: `until`, else the cap.

    Without `until`, steps that are counted out and may pass the cap are all made: then it is infinite.
    """

    def __post_init__(self) -> None:
        # Once, because both are asked for at every step.
        by_frame = any(step.continuation.by is not By.EXTEND for step in self.steps)
        counted = all(step.repeat != FILL for step in self.steps)
        goal = Decimal("Infinity") if by_frame and counted else CAP
        object.__setattr__(self, "by_frame", by_frame)
        object.__setattr__(self, "goal", goal if self.until is None else self.until)

    def index(self, step: str) -> int | None:
        """Where a step of that name stands, from 0; -1 is the source, None when there is no such step."""
        generated = self.source.step.id if isinstance(self.source, Generation) else SOURCE_STEP
        if step in (SOURCE_STEP, generated):
            return -1
        return next((index for index, each in enumerate(self.steps) if each.id == step), None)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """What the author wants, as one value; `chains` in the order written."""

    name: str
    provider: ProviderSettings
    chains: tuple[Chain, ...]
    prices: Prices = field(default_factory=Prices)
    budget: Limits = field(default_factory=Limits)
    output: str | None = None
    order: Literal["fastest", "as-written"] = "fastest"
    notify: Notify | None = None
    archive: str | None = None
    downloads: Downloads = field(default_factory=Downloads)
    path: str | None = field(default=None, compare=False)
    text: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of the plan's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def chain(self, name: str) -> Chain:
        """The chain of that name; KeyError when there is none."""
        for chain in self.chains:
            if chain.name == name:
                return chain
        raise KeyError(name)

"""What the author wants: chains of steps, their sources, limits and prices; frozen once loaded."""

from __future__ import annotations

from orchestrator.plan.chains import AS_WRITTEN, CAP, LONGEST, SHORTEST, SOURCE_STEP, Chain, Plan
from orchestrator.plan.settings import Downloads, Limits, Notify, Occasion, Patience, Prices, ProviderSettings
from orchestrator.plan.sources import Branch, Existing, Generation, Grown, Image, Source
from orchestrator.plan.steps import FILL, By, Continuation, Kind, Pick, Position, Step

__all__ = [
    "AS_WRITTEN",
    "CAP",
    "FILL",
    "LONGEST",
    "SHORTEST",
    "SOURCE_STEP",
    "Branch",
    "By",
    "Chain",
    "Continuation",
    "Downloads",
    "Existing",
    "Generation",
    "Grown",
    "Image",
    "Kind",
    "Limits",
    "Notify",
    "Occasion",
    "Patience",
    "Pick",
    "Plan",
    "Position",
    "Prices",
    "ProviderSettings",
    "Source",
    "Step",
]

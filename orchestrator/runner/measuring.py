"""Measures how far a video has drifted, and writes it down; costs nothing but a moment."""

from __future__ import annotations

from orchestrator.errors import MediaError
from orchestrator.facts import DriftMeasured
from orchestrator.planner import Measure
from orchestrator.runner.desk import Desk


async def measure(desk: Desk, action: Measure) -> None:
    """Compare its files; what cannot be measured is written down too, for a person to decide."""
    assert action.wanted is not None, "only what is here is measured"
    try:
        found = await desk.archive.measure(action.wanted)
    except MediaError as error:
        await desk.record(DriftMeasured(desk.now(), action.take, because=str(error)))
        return
    await desk.record(
        DriftMeasured(
            desk.now(),
            action.take,
            brightness=found.brightness,
            contrast=found.contrast,
            saturation=found.saturation,
            sharpness=found.sharpness,
            seam=found.seam,
        )
    )

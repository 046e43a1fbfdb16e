"""Says how far a video has drifted from what its film began with."""

from __future__ import annotations

from pathlib import Path

from orchestrator.drift import Drift
from orchestrator.lineage import Comparison
from orchestrator.media.loading import load


def measure(wanted: Comparison, state: Path) -> Drift:
    """Decode some frames of the kept files in a state folder; raises BrokenVideoError."""
    load()
    from orchestrator.media.appearance import compare

    return compare(wanted, state)

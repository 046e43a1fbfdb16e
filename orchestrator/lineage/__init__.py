"""The graph of videos that the facts add up to, and the questions people and programs ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door
from orchestrator.lineage.comparing import Comparison, Excerpt, comparison, drift_of
from orchestrator.lineage.fold import Lineage, grown
from orchestrator.lineage.graph import ancestors, branchings, descendants, graph, is_forest, node_link
from orchestrator.lineage.known import LEAST, Echo, Sort, Wish
from orchestrator.lineage.refusals import DEFAULT_MODEL, Refusals, refuses_source
from orchestrator.lineage.segments import Segment, segments, titled
from orchestrator.lineage.takes import LIFETIME, Attempt, Take, Video, attempt_after, take_after

if TYPE_CHECKING:
    from orchestrator.lineage.exporting import Format, exported

__all__ = [
    "DEFAULT_MODEL",
    "LEAST",
    "LIFETIME",
    "Attempt",
    "Comparison",
    "Echo",
    "Excerpt",
    "Format",
    "Lineage",
    "Refusals",
    "Segment",
    "Sort",
    "Take",
    "Video",
    "Wish",
    "ancestors",
    "attempt_after",
    "branchings",
    "comparison",
    "descendants",
    "drift_of",
    "exported",
    "graph",
    "grown",
    "is_forest",
    "node_link",
    "refuses_source",
    "segments",
    "take_after",
    "titled",
]

__getattr__ = door(__name__, {"exporting": "Format exported"})

"""What the runner needs from the outside, as protocols, and the values that pass through them."""

from orchestrator.ports.answers import (
    Absent,
    Accepted,
    Answer,
    CannotTell,
    Declined,
    Failed,
    Finding,
    Found,
    Inquiry,
    Missing,
    Outcome,
    Page,
    Running,
    Submission,
    Succeeded,
    Unclear,
)
from orchestrator.ports.archive import Archive, Frame, Kept, Reel
from orchestrator.ports.downloads import Download, Opening, Part
from orchestrator.ports.journal import Beginning, Begun, Journal, NoSlot, OverBudget, Stale, Taken, Terms
from orchestrator.ports.provider import Provider
from orchestrator.ports.reporter import Reporter
from orchestrator.ports.timing import Clock, Offload

__all__ = [
    "Absent",
    "Accepted",
    "Answer",
    "Archive",
    "Beginning",
    "Begun",
    "CannotTell",
    "Clock",
    "Declined",
    "Download",
    "Failed",
    "Finding",
    "Found",
    "Frame",
    "Inquiry",
    "Journal",
    "Kept",
    "Missing",
    "NoSlot",
    "Offload",
    "Opening",
    "Outcome",
    "OverBudget",
    "Page",
    "Part",
    "Provider",
    "Reel",
    "Reporter",
    "Running",
    "Stale",
    "Submission",
    "Succeeded",
    "Taken",
    "Terms",
    "Unclear",
]

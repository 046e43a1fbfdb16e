"""Does what the planner says and writes it down: runner, gate, archive, the clock of a run."""

from orchestrator.runner.archive import DiskArchive
from orchestrator.runner.clock import SystemClock
from orchestrator.runner.downloading import Bounds
from orchestrator.runner.dropping import Footprint, drop, drop_beginnings, footprint
from orchestrator.runner.dropping import whole as is_here
from orchestrator.runner.fetching import Absentees, Fetched, absentees, fetch, give_up
from orchestrator.runner.following import Following
from orchestrator.runner.gate import Gate, Trouble
from orchestrator.runner.knowledge import Knowledge
from orchestrator.runner.loop import Loop
from orchestrator.runner.outside import Outside, Result
from orchestrator.runner.result import result
from orchestrator.runner.runner import Runner
from orchestrator.runner.share import Share, whole
from orchestrator.runner.threads import in_thread

__all__ = [
    "Absentees",
    "Bounds",
    "DiskArchive",
    "Fetched",
    "Following",
    "Footprint",
    "Gate",
    "Knowledge",
    "Loop",
    "Outside",
    "Result",
    "Runner",
    "Share",
    "SystemClock",
    "Trouble",
    "absentees",
    "drop",
    "drop_beginnings",
    "fetch",
    "footprint",
    "give_up",
    "in_thread",
    "is_here",
    "result",
    "whole",
]

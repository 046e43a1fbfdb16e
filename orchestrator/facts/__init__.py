"""Everything that can have happened: flat, frozen, JSON-able facts, in the past participle.

Each docstring says when the fact is written relative to the request it speaks of. Facts are only
ever added; a released field is never renamed or given a new meaning. `at` is aware UTC, to the ms.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.facts.attempts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptResolved,
    AttemptUnclear,
    Reason,
    TaskAccepted,
    TaskFailed,
    TaskMissed,
    TaskSucceeded,
    Verdict,
)
from orchestrator.facts.lean import lean
from orchestrator.facts.people import StepApproved, TakePicked, TakeRejected, TakeRetried, TakeWanted
from orchestrator.facts.runs import ChainStopped, RunBegan
from orchestrator.facts.videos import DriftMeasured, FileDropped, VideoAdopted, VideoKept, VideoLost

__all__ = [
    "AttemptBegun",
    "AttemptDeclined",
    "AttemptFact",
    "AttemptNews",
    "AttemptResolved",
    "AttemptUnclear",
    "ChainStopped",
    "DriftMeasured",
    "Fact",
    "FileDropped",
    "PersonFact",
    "Reason",
    "Recorded",
    "RunBegan",
    "StepApproved",
    "TakePicked",
    "TakeRejected",
    "TakeRetried",
    "TakeWanted",
    "TaskAccepted",
    "TaskFailed",
    "TaskMissed",
    "TaskSucceeded",
    "Verdict",
    "VideoAdopted",
    "VideoFact",
    "VideoKept",
    "VideoLost",
    "lean",
]

AttemptNews = (
    AttemptDeclined
    | AttemptUnclear
    | AttemptResolved
    | TaskAccepted
    | TaskMissed
    | TaskSucceeded
    | TaskFailed
)
AttemptFact = AttemptBegun | AttemptNews
VideoFact = VideoAdopted | VideoKept | FileDropped | VideoLost
PersonFact = TakePicked | TakeRejected | TakeWanted | TakeRetried | StepApproved
Fact = AttemptFact | VideoFact | PersonFact | DriftMeasured | RunBegan | ChainStopped


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact and its place in the journal, from 1, growing."""

    position: int
    fact: Fact

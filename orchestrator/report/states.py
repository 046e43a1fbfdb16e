"""How a take stands, in a word: made and where its file is, in the air, or why there is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from orchestrator.facts import AttemptDeclined, TaskFailed
from orchestrator.lineage import Take


class State(StrEnum):
    """The newest that is known of a take."""

    WANTED = "wanted"
    SENT = "sent"
    RUNNING = "in the air"
    UNCLEAR = "unclear"
    DECLINED = "declined"
    FAILED = "failed"
    LET_GO = "let go"
    MADE = "made"
    KEPT = "kept"
    DROPPED = "dropped"
    LOST = "lost"


MARKS = {State.KEPT: "●", State.MADE: "●", State.DROPPED: "●", State.LOST: "●"} | {
    State.RUNNING: "○", State.SENT: "○", State.WANTED: "·", State.UNCLEAR: "?",
    State.FAILED: "×", State.DECLINED: "×", State.LET_GO: "×",
}  # fmt: skip
"""One cell for each: there, on its way, or not."""


def state_of(take: Take) -> State:
    """The state of a take, from all that is known of it."""
    if take.video is not None:
        return _file_state(take)
    if not take.attempts:
        return State.WANTED
    attempt = take.open[-1] if take.open else take.attempts[-1]
    match attempt.end:
        case AttemptDeclined():
            return State.DECLINED
        case TaskFailed():
            return State.FAILED
    if attempt.let_go:
        return State.LET_GO
    if attempt.task_id is not None:
        return State.RUNNING
    return State.UNCLEAR if attempt.unclear is not None else State.SENT


def _file_state(take: Take) -> State:
    assert take.video is not None
    if take.video.kept is not None:
        return State.KEPT
    if take.video.lost is not None:
        return State.LOST
    return State.DROPPED if take.video.dropped is not None else State.MADE


def expiry(take: Take, now: datetime) -> str:
    """How long the provider still has it: `28 d`, `gone` afterwards, empty where nobody can tell."""
    if take.video is None or take.video.expires is None:
        return ""
    left = take.video.expires - now
    if left <= timedelta(0):
        return "gone"
    return f"{left.days} d" if left >= timedelta(days=2) else f"{left.total_seconds() / 3600:.0f} h"

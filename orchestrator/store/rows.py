"""What the projected tables say of one take: its rows, from the one fold of its facts."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

from orchestrator.budget import entry
from orchestrator.codec import milliseconds
from orchestrator.facts import AttemptDeclined, TaskFailed, TaskSucceeded
from orchestrator.lineage import Attempt, Take, Video

Value = str | int | None

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_ATTEMPT = """INSERT INTO attempt VALUES
    (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_VIDEO = "INSERT INTO video VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FILE = "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def replace_rows(db: sqlite3.Connection, take: Take) -> None:
    """Make the tables say of this take what the value says, and nothing else."""
    for statement in (
        "DELETE FROM file WHERE take = ?",
        "DELETE FROM video WHERE take = ?",
        "DELETE FROM attempt WHERE take = ?",
    ):
        db.execute(statement, (take.key,))
    db.executemany(_ATTEMPT, [_attempt(each) for each in take.attempts])
    if take.video is not None:
        db.execute(_VIDEO, _video(take.video))
        if take.video.kept is not None:
            db.execute(_FILE, _file(take.video))


def text(value: str | None) -> str | None:
    """The text as SQLite can hold it: half a surrogate pair, as in a broken answer, has no UTF-8."""
    return None if value is None else value.encode("utf-8", "replace").decode()


def _attempt(attempt: Attempt) -> tuple[Value, ...]:
    begun, money = attempt.begun, entry(attempt)
    state, reason = _state(attempt)
    return (
        begun.take,
        begun.number,
        attempt.position,
        begun.step,
        begun.take_number,
        begun.parent,
        begun.run,
        begun.account,
        text(begun.plan),
        text(begun.chain),
        text(begun.place),
        begun.kind.value,
        milliseconds(begun.at),
        milliseconds(begun.expires),
        begun.external_id,
        state,
        reason,
        text(attempt.task_id),
        int(attempt.open),
        _slot_until(attempt),
        money.standing.value,
        money.calls,
        _number(money.units),
        _number(money.cost),
        text(begun.currency),
    )


def _state(attempt: Attempt) -> tuple[str, str | None]:
    match attempt.end:
        case TaskSucceeded():
            return "succeeded", None
        case TaskFailed(reason=reason):
            return "failed", reason.value
        case AttemptDeclined(reason=reason):
            return "declined", reason.value
    if attempt.let_go:
        return "let go", None
    if attempt.task_id is not None:
        return "accepted", None
    return ("begun" if attempt.unclear is None else "unclear"), None


def _slot_until(attempt: Attempt) -> int | None:
    if attempt.holds_slot(_END_OF_TIME):
        return milliseconds(_END_OF_TIME)
    if attempt.open and attempt.unclear is not None:
        return milliseconds(attempt.unclear.slot_until)
    return None


def _video(video: Video) -> tuple[Value, ...]:
    return (
        video.take,
        video.parent,
        video.account,
        text(video.task_id),
        text(video.video_id),
        video.kind.value if video.kind else None,
        text(video.model_name),
        text(video.mode),
        _number(video.duration),
        milliseconds(video.created_at) if video.created_at else None,
        milliseconds(video.at),
        int(video.seen),
        int(video.wants_keeping),
        text(video.lost.because) if video.lost else None,
        text(video.dropped.because) if video.dropped else None,
    )


def _file(video: Video) -> tuple[Value, ...]:
    kept = video.kept
    assert kept is not None
    return (
        video.take,
        milliseconds(kept.at),
        kept.path,
        kept.size,
        kept.sha256,
        _number(kept.seconds),
        kept.width,
        kept.height,
    )


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)

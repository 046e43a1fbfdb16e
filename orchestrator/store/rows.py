"""What the projected tables say of one take: its rows, from the one fold of its facts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from orchestrator.budget import entry
from orchestrator.codec import milliseconds
from orchestrator.facts import AttemptDeclined, ChainStopped, Recorded, RunBegan, TaskFailed, TaskSucceeded
from orchestrator.lineage import Attempt, Take, Video
from orchestrator.store.statements import Do, Value, upsert

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_ATTEMPT = upsert(
    "attempt",
    ("take", "number"),
    (
        *("position", "step", "take_number", "parent", "run", "account", "plan", "chain", "place", "kind"),
        *("begun_at", "expires", "external_id", "state", "reason", "task_id", "open", "slot_until"),
        *("standing", "calls", "units", "cost", "currency"),
    ),
)
_VIDEO = upsert(
    "video",
    ("take",),
    (
        *("parent", "account", "task_id", "video_id", "kind", "model_name", "mode", "duration"),
        *("created_at", "at", "seen", "wants_keeping", "lost", "dropped"),
    ),
)
_PLAN = (
    "INSERT INTO plan (name, first, position, digest) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET position = excluded.position, digest = excluded.digest"
)
_CHAIN = "INSERT INTO chain (plan, chain, origin) VALUES (?, ?, ?)"
_STOP = upsert("stop", ("plan", "chain"), ("position",))
_FILE = upsert("file", ("take",), ("at", "path", "size", "sha256", "seconds", "width", "height"))


def changed_rows(before: Take, after: Take) -> list[Do]:
    """What makes the tables say of this take what it is now, given that they say what it was before."""
    changes: list[Do] = []
    attempts = [_attempt(each) for each in after.attempts if each not in before.attempts]
    if attempts:
        changes.append(Do(_ATTEMPT, attempts))
    old, new = before.video, after.video
    if new is not None and new != old:
        changes.append(Do(_VIDEO, [_video(new)]))
        if new.kept is not None:
            changes.append(Do(_FILE, [_file(new)]))
        elif old is not None and old.kept is not None:
            changes.append(Do("DELETE FROM file WHERE take = ?", [(new.take,)]))
    return changes


def runs_rows(recorded: Sequence[Recorded]) -> list[Do]:
    """What beginnings of plans and ends of chains mean for the tables."""
    changes = []
    for each in recorded:
        if isinstance(each.fact, RunBegan):
            plan = text(each.fact.plan)
            row = plan, each.position, each.position, text(each.fact.digest)
            chains = [(plan, text(chain), origin) for chain, origin in _origins(each.fact)]
            changes += [
                Do(_PLAN, [row]),
                Do("DELETE FROM chain WHERE plan = ?", [(plan,)]),
                Do(_CHAIN, chains),
            ]
    stops = [
        (text(each.fact.plan), text(each.fact.chain), each.position)
        for each in recorded
        if isinstance(each.fact, ChainStopped)
    ]
    return [*changes, *([Do(_STOP, stops)] if stops else [])]


def _origins(began: RunBegan) -> list[tuple[str, str]]:
    """Each chain of a plan with what it can begin with; empty texts where the fact does not tell."""
    from orchestrator.planner import origins
    from orchestrator.resolved import plan_of

    if began.resolved is not None:
        with suppress(LookupError, TypeError, ValueError, ArithmeticError):
            found = origins(plan_of(began.resolved, began.path))
            return [(chain, origin) for chain, those in found.items() for origin in dict.fromkeys(those)]
    return [("", "")]


def text(value: str | None) -> str | None:
    """The text as both databases can hold it: a broken answer may have half a surrogate pair, or a NUL."""
    return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "?")


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
        attempt.open,
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
        video.seen,
        video.wants_keeping,
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

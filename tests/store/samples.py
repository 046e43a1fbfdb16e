"""Facts about takes with short names, for tests of journals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestrator.budget import Allowance
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptResolved,
    AttemptUnclear,
    ChainStopped,
    Reason,
    RunBegan,
    TaskAccepted,
    TaskFailed,
    TaskSucceeded,
    Verdict,
    VideoKept,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import Kind, Limits
from orchestrator.ports import Beginning, Intent, Journal, Terms

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def began(plan: str = "p", run: str = "run-1", at: datetime = NOW) -> RunBegan:
    return RunBegan(at, run, plan, None, "digest", "version: 1")


def stopped(plan: str = "p", chain: str = "c", state: str = "done") -> ChainStopped:
    return ChainStopped(NOW, "run-1", plan, chain, state, "all its steps are made")


def begun(take: str = "a", number: int = 1, at: datetime = NOW, **more: Any) -> AttemptBegun:
    fields: dict[str, Any] = {
        "step": StepKey(f"step-{take}"),
        "take_number": 1,
        "parent": None,
        "run": "run-1",
        "account": "dmxapi",
        "plan": "p",
        "chain": "c",
        "place": "p:c.1",
        "kind": Kind.EXTEND,
        "units": Decimal(2),
        "cost": Decimal("1.50"),
    }
    return AttemptBegun(
        at=at, take=TakeKey(take), number=number, expires=at + timedelta(seconds=30), **(fields | more)
    )


def accepted(take: str = "a", number: int = 1, task: str | None = None, **more: Any) -> TaskAccepted:
    return TaskAccepted(NOW, TakeKey(take), number, task or f"task-{take}-{number}", **more)


def declined(take: str = "a", number: int = 1, reason: Reason = Reason.BUSY) -> AttemptDeclined:
    return AttemptDeclined(NOW, TakeKey(take), number, reason, "1303", "busy")


def unclear(take: str = "a", number: int = 1, until: datetime = NOW + 10 * MINUTE) -> AttemptUnclear:
    return AttemptUnclear(NOW, TakeKey(take), number, "nobody can tell", until, ("task-x",))


def succeeded(take: str = "a", number: int = 1, units: str | None = None) -> TaskSucceeded:
    return TaskSucceeded(
        NOW,
        TakeKey(take),
        number,
        f"task-{take}-{number}",
        f"video-{take}",
        Decimal("9.60"),
        NOW,
        units=None if units is None else Decimal(units),
    )


def failed(take: str = "a", number: int = 1) -> TaskFailed:
    return TaskFailed(NOW, TakeKey(take), number, f"task-{take}-{number}", Reason.MODERATION, "risk")


def resolved(
    take: str = "a", number: int = 1, verdict: Verdict = Verdict.ABANDONED, task: str | None = None
) -> AttemptResolved:
    return AttemptResolved(NOW, TakeKey(take), number, verdict, task)


def kept(take: str = "a") -> VideoKept:
    return VideoKept(NOW, TakeKey(take), f"videos/{take}.mp4", 1000, "00", Decimal("9.58"), 320, 180)


def terms(slots: int = 5, *allowances: Allowance) -> Terms:
    return Terms(slots, allowances=allowances)


async def begin_one(journal: Journal, attempt: AttemptBegun, terms: Terms, expected: int) -> Beginning:
    """One intent by itself."""
    (beginning,) = await journal.begin([Intent(attempt, terms)], expected)
    return beginning


def plan_may(**limits: Any) -> Allowance:
    return Allowance(Limits(**limits), "p")

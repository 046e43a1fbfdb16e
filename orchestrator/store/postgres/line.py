"""Who waits for a slot of an account: the longest line of work below goes first, on whichever machine."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.ports import Beginning, Begun, Intent, NoSlot
from orchestrator.store.beginning import beginnings
from orchestrator.store.postgres.dialect import CLOCK
from orchestrator.store.statements import Ask, Do, Steps

LEASE = 3000
"""Milliseconds after which one who waits and is not heard of is forgotten."""

# Expressions and interval are ours; values are marked.
_OTHERS = f"""
    SELECT (SELECT count(*) FROM waiting
            WHERE account = :account AND writer <> :writer AND level > :level AND until > {CLOCK}),
           (SELECT coalesce(max(until - {CLOCK}), 0) FROM pace WHERE account = :account)"""  # noqa: S608

_WAIT = f"""
    INSERT INTO waiting (account, writer, level, until) VALUES (?, ?, ?, {CLOCK} + {LEASE})
    ON CONFLICT (account, writer) DO UPDATE SET level = excluded.level, until = excluded.until"""  # noqa: S608

_LEAVE = "DELETE FROM waiting WHERE account = ? AND writer = ?"


def standing_in_line(intents: Sequence[Intent], expected: int, writer: str) -> Steps[tuple[Beginning, ...]]:
    """Begin the attempts, with a slot left for everybody who waits with more below; else wait in turn."""

    def others(intent: Intent) -> Ask:
        account, level = intent.attempt.account, intent.terms.level
        return Ask(_OTHERS, {"account": account, "writer": writer, "level": level})

    found = yield from beginnings(intents, expected, others)
    yield [
        act
        for intent, outcome in zip(intents, found, strict=True)
        if (act := _afterwards(intent, outcome, writer)) is not None
    ]
    return found


def _afterwards(intent: Intent, outcome: Beginning, writer: str) -> Do | None:
    match outcome:
        case NoSlot():
            return wait(intent.attempt.account, writer, intent.terms.level)
        case Begun():
            return Do(_LEAVE, [(intent.attempt.account, writer)])
    return None


def wait(account: str, writer: str, level: float) -> Do:
    """This writer waits for a slot there, and is not forgotten for a while."""
    return Do(_WAIT, [(account, writer, level)])


def leave_line(writer: str) -> Do:
    """Whoever has ended waits for nothing."""
    return Do("DELETE FROM waiting WHERE writer = ?", [(writer,)])

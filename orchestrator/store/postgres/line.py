"""Who waits for a slot of an account: the longest line of work below goes first, on whichever machine."""

from __future__ import annotations

from orchestrator.facts import AttemptBegun
from orchestrator.ports import Beginning, Begun, NoSlot, Terms
from orchestrator.store.beginning import beginning
from orchestrator.store.postgres.dialect import CLOCK
from orchestrator.store.statements import Ask, Do, Steps

LEASE = 3000
"""Milliseconds after which one who waits and is not heard of is forgotten."""

# Expression and interval are ours; values are marked.
_AHEAD = f"""
    SELECT count(*) FROM waiting
    WHERE account = ? AND writer <> ? AND level > ? AND until > {CLOCK}"""  # noqa: S608

_WAIT = f"""
    INSERT INTO waiting (account, writer, level, until) VALUES (?, ?, ?, {CLOCK} + {LEASE})
    ON CONFLICT (account, writer) DO UPDATE SET level = excluded.level, until = excluded.until"""  # noqa: S608

_LEAVE = "DELETE FROM waiting WHERE account = ? AND writer = ?"


def standing_in_line(attempt: AttemptBegun, terms: Terms, expected: int, writer: str) -> Steps[Beginning]:
    """Begin the attempt, with a slot left for everybody who waits with more below; else wait in turn."""
    ahead = Ask(_AHEAD, (attempt.account, writer, terms.level))
    outcome = yield from beginning(attempt, terms, expected, ahead)
    match outcome:
        case NoSlot():
            yield [Do(_WAIT, [(attempt.account, writer, terms.level)])]
        case Begun():
            yield [Do(_LEAVE, [(attempt.account, writer)])]
    return outcome


def leave_line(writer: str) -> Do:
    """Whoever has ended waits for nothing."""
    return Do("DELETE FROM waiting WHERE writer = ?", [(writer,)])

"""The pace of an account over all machines: a refusal for haste that one of them met slows all of them."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.facts import AttemptDeclined, Reason, Recorded, TaskAccepted
from orchestrator.store.postgres.dialect import CLOCK
from orchestrator.store.statements import Do, Value

FIRST, LONGEST, FARTHEST = 1_000, 60_000, 3_600_000
"""Milliseconds: the first pause, the longest of those that double, and the most that is believed."""

SLOTS = "1303"
"""The code that says nothing of haste, but that all slots are taken; the gates learn from it."""

# Expressions are ours; values are marked. Several refusals of one moment are one.
_SLOWER = f"""
    INSERT INTO pace (account, pause, until)
    SELECT account, 2 * {FIRST}, {CLOCK} + ? FROM attempt WHERE take = ? AND number = ?
    ON CONFLICT (account) DO UPDATE SET
        until = CASE WHEN pace.until > {CLOCK} THEN pace.until
                     ELSE greatest({CLOCK} + pace.pause, excluded.until) END,
        pause = CASE WHEN pace.until > {CLOCK} THEN pace.pause
                     ELSE least(2 * pace.pause, {LONGEST}) END"""  # noqa: S608

_RIGHT = f"""
    UPDATE pace SET pause = {FIRST}
    WHERE account = (SELECT account FROM attempt WHERE take = ? AND number = ?)"""  # noqa: S608


def paced(recorded: Iterable[Recorded]) -> list[Do]:
    """What these facts mean for the pace of their accounts."""
    slower: list[tuple[Value, ...]] = []
    right: list[tuple[Value, ...]] = []
    for each in recorded:
        match each.fact:
            case AttemptDeclined(reason=Reason.BUSY | Reason.UNREACHABLE, code=code) as declined:
                if code != SLOTS:
                    pause = min(max(FIRST, int(1000 * (declined.retry_after or 0))), FARTHEST)
                    slower.append((pause, declined.take, declined.number))
            case TaskAccepted(take=take, number=number):
                right.append((take, number))
    return [Do(sql, rows) for sql, rows in ((_SLOWER, slower), (_RIGHT, right)) if rows]

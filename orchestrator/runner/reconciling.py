"""Finds out what became of an attempt that nothing is known of; never sends it again."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.facts import AttemptDeclined, AttemptUnclear, Reason, TaskAccepted
from orchestrator.lineage import LIFETIME
from orchestrator.plan import Kind
from orchestrator.planner import Reconcile, expected
from orchestrator.ports import Absent, CannotTell, Finding, Found, Inquiry
from orchestrator.runner.desk import Desk

_CLOCKS = timedelta(minutes=5)
"""How far our clock and the provider's may differ when times are compared."""

_FIRST, _LONGEST = 2.0, 30.0

_AWAY = 3600.0
"""Seconds beyond all patience for which a provider that is not reached is asked again before a person is."""


async def reconcile(desk: Desk, action: Reconcile) -> None:
    """Ask until it is found, or believed to be absent, or clear that nobody but a person can tell.

    "Not there" is believed only once the intent has expired, its request timed out and a grace has
    passed, by this process's own clock from here on: whoever began it may have been another process.
    """
    began, pause = desk.clock.monotonic(), _FIRST
    while not _settled(desk, action):
        left = began + desk.settings.patience.total - desk.clock.monotonic()
        try:
            finding, enough = await _find(desk, action), 0.0
        except UnreachableError as error:
            desk.unreachable(error)
            finding, enough = CannotTell(f"the provider could not be asked: {error}"), -_AWAY
        if isinstance(finding, Found):
            return await _found(desk, action, finding)
        if left <= enough or (isinstance(finding, CannotTell) and finding.final):
            return await _not_found(desk, action, finding)
        # At least one question is asked after the patience is over: that one counts.
        await desk.hints.sleep(min(pause, left) if left > 0 else pause)
        pause = min(pause * 2, _LONGEST)
    return None


async def _find(desk: Desk, action: Reconcile) -> Finding:
    """What the provider says; UnreachableError where it says nothing now."""
    try:
        finding = await desk.provider.find(_inquiry(desk, action))
    except ProviderError as error:
        return CannotTell(str(error))
    desk.gate.reached()
    # Everything is purged after its 30 days: what is not there then may well have been there.
    if isinstance(finding, Absent) and desk.now() >= action.begun.at + LIFETIME - _CLOCKS:
        days = f"{LIFETIME.days} days"
        return CannotTell(f"it was begun {days} ago, and the provider keeps nothing for longer", final=True)
    return finding


def _settled(desk: Desk, action: Reconcile) -> bool:
    """Somebody, a person or a late answer, has settled it in the meantime."""
    for attempt in desk.lineage.take(action.take).open:
        if attempt.begun.number == action.begun.number:
            return attempt.task_id is not None
    return True


def _inquiry(desk: Desk, action: Reconcile) -> Inquiry:
    begun, patience = action.begun, desk.settings.patience
    rivals = sum(
        each.begun.parent == begun.parent and each.begun.kind is begun.kind and each.task_id is None
        for key in desk.lineage.open
        for each in desk.lineage.take(key).open
    )
    alone = desk.settings.exclusive and begun.kind is Kind.EXTEND and rivals == 1
    return Inquiry(
        begun=begun,
        since=begun.at - _CLOCKS,
        until=begun.expires + timedelta(seconds=patience.answer) + _CLOCKS,
        known=frozenset(desk.lineage.tasks),
        echo=desk.lineage.echoes.get((begun.account, begun.kind)),
        alone=alone,
    )


async def _found(desk: Desk, action: Reconcile, finding: Found) -> None:
    begun = action.begun
    desk.reporter.said(f"{begun.place}: found again as task {finding.task_id}")
    await desk.record(
        TaskAccepted(
            at=desk.now(),
            take=begun.take,
            number=begun.number,
            task_id=finding.task_id,
            echoed=finding.echoed,
            raw=finding.raw,
        )
    )


async def _not_found(desk: Desk, action: Reconcile, finding: Absent | CannotTell) -> None:
    begun, now = action.begun, desk.now()
    match finding:
        case Absent(message=message):
            fact = AttemptDeclined(now, begun.take, begun.number, Reason.ABSENT, "absent", message)
            await desk.record(fact)
        case CannotTell(message=message, candidates=candidates):
            usual = expected(desk.lineage, desk.settings, begun).mean
            until = begun.expires + timedelta(seconds=2 * usual)
            unclear = AttemptUnclear(now, begun.take, begun.number, message, until, candidates)
            await desk.record(unclear)
        case _:
            assert_never(finding)

"""Asks after accepted tasks on their schedule until they end; a failed question never fails a task."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.facts import TaskFailed, TaskMissed, TaskSucceeded
from orchestrator.planner import Watch, expected
from orchestrator.ports import Answer, Failed, Missing, Running, Succeeded
from orchestrator.runner.desk import Desk
from orchestrator.watching import next_question

_SULK = 60.0
"""Seconds between questions where the provider answers what nobody can read."""


async def watch(desk: Desk, action: Watch) -> None:
    """Until the task has ended, somebody let it go, or it is time for a person to look."""
    begun, task_id = action.attempt.begun, action.attempt.task_id
    assert task_id is not None
    assert action.attempt.tasked_at is not None
    pause = desk.provider.floor
    # What another run left in the air is asked at once: it may have ended long ago.
    wait = 0.0 if action.attempt.tasked_at < desk.run.at else _wait(desk, action)
    while not _over(desk, action):
        left = (action.until - desk.now()).total_seconds()
        if left <= 0:
            return
        await desk.hints.sleep(min(wait, left), task_id, least=pause)
        try:
            answer = await desk.provider.look_up(begun.kind, task_id)
        except UnreachableError as error:
            desk.gate.unreachable(str(error), desk.clock.monotonic(), error.retry_after)
            desk.reporter.said(f"{begun.place}: could not ask: {error}")
            wait = pause = max(min(pause * 2, _SULK), error.retry_after or 0)
        except ProviderError as error:
            desk.reporter.said(f"{begun.place}: cannot read the answer: {error}")
            wait = _SULK
        else:
            pause = desk.provider.floor
            if await _heard(desk, action, answer):
                return
            wait = _wait(desk, action)


def _wait(desk: Desk, action: Watch) -> float:
    assert action.attempt.tasked_at is not None
    age = max(timedelta(0), desk.now() - action.attempt.tasked_at).total_seconds()
    return next_question(
        age, expected(desk.lineage, desk.settings, action.attempt.begun), desk.provider.floor
    )


def _over(desk: Desk, action: Watch) -> bool:
    number = action.attempt.begun.number
    return all(each.begun.number != number for each in desk.lineage.take(action.take).open)


async def _heard(desk: Desk, action: Watch, answer: Answer) -> bool:
    """Write what the answer says; whether the task has ended."""
    begun, task_id = action.attempt.begun, action.attempt.task_id
    assert task_id is not None
    match answer:
        case Running():
            desk.gate.reached()
            return False
        case Missing(message=message):
            desk.gate.reached()
            known = desk.lineage.take(action.take).attempts[begun.number - 1]
            if known.missed is None:
                await desk.record(TaskMissed(desk.now(), begun.take, begun.number, task_id, message))
            return False
        case Succeeded():
            if answer.url is not None:
                desk.urls[begun.take] = answer.url
            await desk.tell(_succeeded(desk, action, answer))
            return True
        case Failed(reason=reason, message=message, units=units, raw=raw):
            await desk.tell(
                TaskFailed(desk.now(), begun.take, begun.number, task_id, reason, message, units, raw)
            )
            return True


def _succeeded(desk: Desk, action: Watch, answer: Succeeded) -> TaskSucceeded:
    begun, task_id, tasked_at = action.attempt.begun, action.attempt.task_id, action.attempt.tasked_at
    assert task_id is not None
    assert tasked_at is not None
    return TaskSucceeded(
        at=desk.now(),
        take=begun.take,
        number=begun.number,
        task_id=task_id,
        video_id=answer.video_id,
        duration=answer.duration,
        created_at=answer.created_at or tasked_at,
        ended_at=answer.ended_at,
        parent_duration=answer.parent_duration,
        units=answer.units,
        billed=answer.billed,
        echoed=begun.external_id is not None and answer.external_id == begun.external_id,
        raw=answer.raw,
    )

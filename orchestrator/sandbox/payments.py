"""The account statement: every accepted submission is a payment."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.sandbox.rules import Kind
from orchestrator.sandbox.tasks import Task


@dataclass(frozen=True, slots=True)
class Payment:
    """One accepted task, as the account statement shows it; refunded when the task failed."""

    number: int
    task_id: str
    video_id: str
    kind: Kind
    parent_task_id: str
    parent_video_id: str
    prompt: str
    units: str
    external_task_id: str
    time: int
    refunded: bool


def payment(task: Task, parent: Task | None, now: int) -> Payment:
    """What this task stands for on the statement, as of `now`."""
    return Payment(
        number=task.number,
        task_id=task.id,
        video_id=task.video_id,
        kind=task.kind,
        parent_task_id=task.parent_id,
        parent_video_id=parent.video_id if parent is not None else "",
        prompt=task.submission.prompt,
        units=task.units,
        external_task_id=task.submission.external_task_id,
        time=task.accepted_at,
        refunded=task.status(now) == "failed",
    )

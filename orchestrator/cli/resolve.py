"""`orchestrate resolve`: a person's word on a submission that nobody else can tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import state_option

if TYPE_CHECKING:
    from orchestrator.facts import Verdict
    from orchestrator.lineage import Attempt, Lineage

_ANSWER = timedelta(seconds=60)
"""How long a request may wait for its answer after it has left, in the default patience."""


@click.command()
@click.argument("step")
@click.option("--task-id", metavar="ID", help="It was accepted, as this task.")
@click.option("--not-submitted", is_flag=True, help="It never arrived; it is submitted again.")
@click.option("--abandon", is_flag=True, help="Count it as paid, wait for it no longer, and submit again.")
@state_option
def resolve(step: str, task_id: str | None, not_submitted: bool, abandon: bool, state: str | None) -> None:
    """Say what became of a submission that nobody else can tell.

    STEP is the place that `status` shows, such as koi.7 or koi.leap@2. Without an option: how to find
    out, and which tasks could be it. Works beside a run, which notices it within two seconds.
    """
    from orchestrator.cli.reading import read
    from orchestrator.cli.writing import note
    from orchestrator.errors import PlanError
    from orchestrator.facts import AttemptResolved
    from orchestrator.report import find
    from orchestrator.store import find_home

    if (task_id is not None) + not_submitted + abandon > 1:
        raise PlanError("say one of --task-id, --not-submitted and --abandon.")
    home = find_home(state)
    known = read(home)
    key = find(step, known.lineage, known.views)
    still_open = known.lineage.take(key).open
    if not still_open:
        raise PlanError(f"{step}: nothing is open there; `orchestrate status` shows what waits for you.")
    attempt = still_open[-1]
    verdict = _verdict(task_id, not_submitted, abandon)
    if verdict is None:
        click.echo(_how(attempt, step))
        return
    _refuse_haste(attempt, known.now, verdict)
    if task_id is not None:
        _refuse_known(task_id, known.lineage)
    resolved = AttemptResolved(known.now, key, attempt.begun.number, verdict, task_id)
    note(home, f"{attempt.begun.place}: noted.", resolved)


def _verdict(task_id: str | None, not_submitted: bool, abandon: bool) -> Verdict | None:
    from orchestrator.facts import Verdict

    if task_id is not None:
        return Verdict.TASK
    if not_submitted:
        return Verdict.NOT_SUBMITTED
    return Verdict.ABANDONED if abandon else None


def _how(attempt: Attempt, step: str) -> str:
    """What a person needs to find out, and what to type then."""
    from orchestrator.report import clean

    begun, unclear = attempt.begun, attempt.unclear
    lines = [
        f"{begun.place}, attempt {begun.number}, was begun at {begun.at:%Y-%m-%d %H:%M:%S} UTC.",
        f"  prompt    {clean(begun.prompt or '(none)')}",
        f"  parent    task {begun.parent_task or '(none)'}, video {begun.parent_video or '(none)'}",
    ]
    if attempt.task_id is not None:
        lines.append(f"  task      {clean(attempt.task_id)}, accepted, and not ended as far as is known")
    if unclear is not None:
        lines.append(f"  asked     {clean(unclear.message)}")
        lines += [
            f"  candidate task {clean(each)}, which fits and proves nothing" for each in unclear.candidates
        ]
    lines += [
        "Look at the task log of your account, around that time, for this prompt and this parent. Then:",
        f"  orchestrate resolve {step} --task-id ID      it is there: go on with it",
        f"  orchestrate resolve {step} --not-submitted   it is surely not there: submit it again",
        f"  orchestrate resolve {step} --abandon         nobody can tell: count it as paid, submit it again",
    ]
    return "\n".join(lines)


def _refuse_haste(attempt: Attempt, now: datetime, verdict: Verdict) -> None:
    """A request that may still be on its way cannot be said not to have been sent."""
    from orchestrator.errors import PlanError
    from orchestrator.facts import Verdict

    settled = attempt.begun.expires + _ANSWER
    if verdict is not Verdict.TASK and attempt.task_id is None and now < settled:
        raise PlanError(
            f"{attempt.begun.place} may still be on its way: say so again after {settled:%H:%M:%S} UTC, "
            "when its answer can no longer come."
        )


def _refuse_known(task_id: str, lineage: Lineage) -> None:
    from orchestrator.errors import PlanError

    owner = lineage.tasks.get(task_id)
    if owner is not None:
        last = lineage.take(owner).last
        where = last.begun.place if last else "a source"
        raise PlanError(f"task {task_id} is known already: it belongs to {where}.")

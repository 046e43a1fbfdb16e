"""Begins attempts and sends them: the intent is durable first, then one POST, then its outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from orchestrator.errors import StateError
from orchestrator.facts import AttemptBegun, AttemptDeclined, TaskAccepted
from orchestrator.identity import external_task_id
from orchestrator.planner import Submit
from orchestrator.ports import Accepted, Declined, Frame, Submission, Unclear
from orchestrator.runner.desk import Desk
from orchestrator.runner.share import Share


def intent(
    desk: Desk, journal: str, submit: Submit, share: Share, frame: Frame | None = None
) -> AttemptBegun:
    """The fact that must be durable before this submission leaves; `frame` is the one it goes on from."""
    now, made = desk.now(), submit.generation
    how = submit.wish.continuation if submit.by_frame else made
    extended = None if submit.by_frame else submit.parent
    ours = desk.settings.external_task_id == "always"
    return AttemptBegun(
        at=now,
        take=submit.take,
        number=submit.number,
        step=submit.step,
        take_number=submit.take_number,
        parent=submit.parent.take if submit.parent else None,
        run=share.run.id,
        account=desk.settings.account,
        plan=submit.place.plan,
        chain=submit.place.chain,
        place=str(submit.place),
        kind=submit.kind,
        expires=now + timedelta(seconds=desk.settings.patience.send),
        prompt=submit.prompt,
        negative_prompt=submit.wish.negative_prompt,
        cfg_scale=submit.wish.cfg_scale,
        model_name=how.model_name if how else None,
        mode=how.mode if how else None,
        duration=how.duration if how else None,
        aspect_ratio=made.aspect_ratio if made else None,
        image=f"sha256:{frame.digest}" if frame else made.image.identity if made and made.image else None,
        image_tail=made.image_tail.identity if made and made.image_tail else None,
        parent_task=extended.task_id if extended else None,
        parent_video=extended.video_id if extended else None,
        external_id=external_task_id(journal, submit.take, submit.number) if ours else None,
        units=submit.units,
        cost=submit.cost,
        currency=share.plan.prices.currency if submit.cost is not None else None,
        frame_at=frame.at if frame else None,
    )


def submission(begun: AttemptBegun, submit: Submit, frame: Frame | None = None) -> Submission:
    """What is sent, read off the intent, so that the journal says exactly what left."""
    made = submit.generation
    return Submission(
        kind=begun.kind,
        prompt=begun.prompt,
        negative_prompt=begun.negative_prompt,
        cfg_scale=begun.cfg_scale,
        parent_task=begun.parent_task,
        parent_video=begun.parent_video,
        model_name=begun.model_name,
        mode=begun.mode,
        duration=begun.duration,
        aspect_ratio=begun.aspect_ratio,
        image=made.image if made else None,
        image_tail=made.image_tail if made else None,
        frame=frame,
        external_id=begun.external_id,
    )


async def post(
    desk: Desk, begun: AttemptBegun, submit: Submit, deadline: float, frame: Frame | None = None
) -> None:
    """Send it once and write what came of it; an unclear outcome leaves the intent as it stands."""
    outcome = await desk.provider.submit(submission(begun, submit, frame), deadline)
    match outcome:
        case Accepted():
            desk.gate.accepted(desk.in_the_air())
            await _keep_accepted(desk, begun, outcome)
        case Declined():
            # The attempt itself still counts as in the air here; the gate hears of the others.
            desk.gate.declined(outcome, desk.clock.monotonic(), desk.in_the_air() - 1)
            await desk.record(
                AttemptDeclined(
                    at=desk.now(),
                    take=begun.take,
                    number=begun.number,
                    reason=outcome.reason,
                    code=outcome.code,
                    message=outcome.message,
                    retry_after=outcome.retry_after,
                    raw=outcome.raw,
                )
            )
        case Unclear():
            desk.gate.unclear()
            desk.reporter.said(f"{begun.place}: unclear whether it was accepted: {outcome.message}")
        case _:
            assert_never(outcome)


async def _keep_accepted(desk: Desk, begun: AttemptBegun, outcome: Accepted) -> None:
    fact = TaskAccepted(
        at=desk.now(),
        take=begun.take,
        number=begun.number,
        task_id=outcome.task_id,
        request_id=outcome.request_id,
        echoed=outcome.echoed,
        raw=outcome.raw,
    )
    try:
        await desk.record(fact)
    except StateError:
        # The last resort: it is paid for, and no disk takes its name.
        desk.reporter.said(
            f"{begun.place}: WRITE THIS DOWN, it is paid and could not be recorded: "
            f"task id {outcome.task_id}; once that is mended: "
            f"orchestrate resolve {begun.place} --task-id {outcome.task_id}"
        )
        raise

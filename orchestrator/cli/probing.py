"""One paid extension that settles whether an account can still extend, through journal and runner."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import click

from orchestrator.checkup import Check, Verdict, fine, open_question, wrong
from orchestrator.cli.accounts import plan_for
from orchestrator.cli.consent import consent
from orchestrator.cli.extend import one_step, provider_text
from orchestrator.cli.foreseeing import forecasts_of
from orchestrator.cli.reading import Known, columns, read
from orchestrator.cli.running import Order, drive
from orchestrator.errors import CredentialsError, OrchestratorError, PaymentError, PlanError
from orchestrator.facts import AttemptDeclined, Fact, Reason, TaskAccepted, TaskFailed, TaskSucceeded
from orchestrator.lineage import Attempt, Video
from orchestrator.plan import Plan, ProviderSettings, Step
from orchestrator.planner import ChainView, views_of
from orchestrator.report import clean, find, forecast_text, reporter_for
from orchestrator.store import Home

_NAME = "extending"


@dataclass(frozen=True, slots=True)
class Probing:
    """Which video is to be extended, with what, and where."""

    video: str
    prompt: str | None
    settings: ProviderSettings
    base_url: str | None
    yes: bool


def account_of(named: str, known: Known) -> ProviderSettings | None:
    """How the account of that video is reached; None for one that the journal does not know."""
    video = _video(named, known)
    return None if video is None else plan_for(video.account, known.lineage).provider


def probed(asking: Probing, home: Home, checks: Sequence[Check]) -> Check:
    """Extend it once, if nothing stands in the way and it may be paid for; what the answer means.

    PlanError when nobody can be asked or nothing is so named. Dies by the signal that drained the run.
    """
    if any(each.verdict is Verdict.PROBLEM for each in checks):
        return open_question(_NAME, "not tried: nothing was sent", "mend the problems first")
    known = read(home)
    plan = _plan(asking, known)
    before = _attempt(plan, known)
    if before is None or isinstance(before.end, AttemptDeclined | TaskFailed):
        _agreed(plan, asking, known)
        error = _driven(plan, asking, home)
        if error is not None:
            raise error
        known = read(home)
    return meaning(_attempt(plan, known), _view(plan, known).standing[1])


def meaning(attempt: Attempt | None, why: str) -> Check:
    """What became of the one attempt, in words; `why` is what the planner says where there is none."""
    if attempt is None:
        return open_question(_NAME, f"not tried: {why}", "name another video, made here within 30 days")
    match attempt.end:
        case AttemptDeclined() as declined:
            return _declined(declined)
        case TaskFailed(message=message):
            move = "the account can extend; try another prompt or video"
            return fine(_NAME, f"accepted as task {attempt.task_id}, which failed: {clean(message)}; {move}")
    if attempt.task_id is not None:
        found = f"accepted as task {attempt.task_id}: this account can extend"
        return fine(_NAME, found if attempt.end else f"{found}; the next `orchestrate resume` keeps the film")
    move = f"look at your account's task log, then: orchestrate resolve {attempt.begun.place} …"
    return open_question(_NAME, "sent, and it is unclear whether it was accepted", move)


def _declined(declined: AttemptDeclined) -> Check:
    words = clean(declined.message)
    match declined.reason:
        case Reason.CREDENTIALS:
            return wrong(_NAME, CredentialsError, words, "another key, or another right for this one")
        case Reason.PAYMENT:
            return wrong(_NAME, PaymentError, words, "top the account up, then probe again")
        case Reason.REFUSED:
            return wrong(_NAME, PlanError, words, _of_refusal(declined))
        case Reason.MODERATION:
            return open_question(_NAME, words, "this is about the words: probe again with another --prompt")
        case _:
            return open_question(_NAME, words, "try again in some minutes; nothing was paid")


def _of_refusal(declined: AttemptDeclined) -> str:
    told = declined.message.lower()
    if "model is discontinued" in told:
        return "the model of this video is retired here: nothing made by it can be extended any more"
    if declined.code == "1203":
        return "the provider does not know this video: it is purged after 30 days, or is another account's"
    if "not supported extend" in told:
        return "videos of this model cannot be extended; try one made by kling-v1, v1-5 or v1-6"
    return "nothing was paid; the provider's words say what it does not like"


def _video(named: str, known: Known) -> Video | None:
    try:
        return known.lineage.video(find(named, known.lineage, known.views))
    except PlanError:
        return None


def _plan(asking: Probing, known: Known) -> Plan:
    """A plan for one step of a video the journal knows, or of a pair of ids."""
    prompt = (asking.prompt or "").strip() or None
    video = _video(asking.video, known)
    if video is not None:
        return one_step(video, Step("1", prompt), known.lineage)
    task, colon, its_video = asking.video.partition(":")
    if not (colon and task and its_video):
        raise PlanError(
            f"--probe {clean(asking.video)}: nothing is called so; name a NODE or TASK_ID:VIDEO_ID"
        )
    return _of_pair(task, its_video, prompt, asking.settings)


def _of_pair(task: str, video: str, prompt: str | None, settings: ProviderSettings) -> Plan:
    from orchestrator.planfile import parse

    name = f"probe-{hashlib.sha256(repr((task, video, prompt)).encode()).hexdigest()[:8]}"
    text = {
        "version": 1,
        "name": name,
        "provider": provider_text(settings),
        "chains": {
            "probe": {
                "source": {"task_id": task, "video_id": video},
                "steps": [{"attempts": 1} | ({"prompt": prompt} if prompt else {})],
            }
        },
    }
    # JSON is YAML, and every text survives in it.
    written = json.dumps(text, ensure_ascii=False, indent=2)
    return replace(parse(written.encode(), f"{name}.yaml"), path=None)


def _view(plan: Plan, known: Known) -> ChainView:
    views = views_of(plan, known.lineage, known.ledger, known.now, known.run)
    return next(iter(views.values()))


def _attempt(plan: Plan, known: Known) -> Attempt | None:
    """The newest attempt of its one take."""
    return next((take.state.last for step in _view(plan, known).steps for take in step.takes), None)


def _agreed(plan: Plan, asking: Probing, known: Known) -> None:
    forecasts = forecasts_of((plan,), known.lineage)
    click.echo("\n" + forecast_text(forecasts[0], columns()), err=True)
    new = not any(take.attempts for take in known.lineage.takes.values())
    consent(forecasts, known.lineage, base_url=asking.base_url, new_journal=new, yes=asking.yes)


def _driven(plan: Plan, asking: Probing, home: Home) -> OrchestratorError | None:
    """Run until the provider has said yes or no; what it makes of a yes is for the next run to keep."""

    def answered(fact: Fact) -> bool:
        return isinstance(fact, TaskAccepted | AttemptDeclined | TaskSucceeded)

    def now() -> datetime:
        return datetime.now(UTC)

    order = Order((plan,), home, asking.base_url, enough=answered)
    with reporter_for((plan,), sys.stderr, now, os.environ) as reporter:
        result, caught = drive(order, reporter)
    caught.die()
    return result.error

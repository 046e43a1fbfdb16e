"""One line for one fact, as people follow a run."""

from __future__ import annotations

from typing import assert_never

from orchestrator.drift import Drift
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptResolved,
    AttemptUnclear,
    ChainStopped,
    DriftMeasured,
    Fact,
    FileDropped,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TakeWanted,
    TaskAccepted,
    TaskFailed,
    TaskMissed,
    TaskSucceeded,
    VideoAdopted,
    VideoKept,
    VideoLost,
)
from orchestrator.lineage import Lineage, drift_of
from orchestrator.report.amounts import number
from orchestrator.report.text import clean, cut
from orchestrator.report.times import film, span

_PROMPT = 60

BAD = AttemptDeclined | AttemptUnclear | TaskFailed | TaskMissed | VideoLost
"""What people want to be told of even when they do not watch."""

PersonsWord = TakePicked | TakeRejected | TakeWanted | StepApproved


def news(fact: Fact, lineage: Lineage) -> str | None:
    """Where and what, safe for a terminal; None for what is no news."""
    match fact:
        case RunBegan():
            line = f"{fact.plan}: run {fact.run} begins"
        case ChainStopped():
            return None
        case TakePicked() | TakeRejected() | TakeWanted() | StepApproved():
            line = f"{fact.plan}:{fact.chain}: {_word(fact)}"
        case _:
            line = f"{_where(fact, lineage)}: {_happened(fact, lineage)}"
    return clean(line)


def _word(fact: PersonsWord) -> str:
    match fact:
        case TakePicked():
            return f"take {fact.take_number} was picked"
        case TakeRejected():
            return f"take {fact.take_number} was rejected"
        case TakeWanted():
            return f"{fact.takes} takes are wanted now"
        case StepApproved():
            return "a step was approved"
        case _:
            assert_never(fact)


def _where(fact: Fact, lineage: Lineage) -> str:
    if isinstance(fact, AttemptBegun):
        return fact.place
    if isinstance(fact, VideoAdopted):
        return f"video {fact.video_id}"
    key = getattr(fact, "take", None)
    take = lineage.take(key) if key else None
    if take is not None and take.last is not None:
        return take.last.begun.place
    return f"video {take.video.video_id}" if take and take.video else str(key)


def _happened(fact: Fact, lineage: Lineage) -> str:
    match fact:
        case AttemptBegun(number=number, prompt=prompt, frame_at=frame_at):
            again = f", attempt {number}" if number > 1 else ""
            how = "" if frame_at is None else " by frame"
            return f"submitting{how}{again}: {cut(clean(prompt or '(no prompt)'), _PROMPT)}"
        case TaskAccepted(task_id=task_id):
            return f"accepted as task {task_id}"
        case TaskSucceeded():
            return _made(fact, lineage)
        case AttemptDeclined(reason=reason, message=message):
            return f"declined ({reason.value}): {message}"
        case AttemptUnclear(message=message):
            return f"unclear whether it was accepted: {message}"
        case TaskFailed(message=message):
            return f"failed: {message}"
        case TaskMissed(task_id=task_id):
            return f"the provider does not know task {task_id}"
        case AttemptResolved(verdict=verdict):
            return f"a person said {verdict.value}"
    return _file(fact)


def _file(fact: Fact) -> str:
    match fact:
        case VideoAdopted(duration=duration):
            return "adopted" if duration is None else f"adopted, {film(duration)}"
        case VideoKept(path=path, size=size):
            return f"kept as {path} ({size / 1e6:.1f} MB)"
        case VideoLost(because=because):
            return f"its file is lost: {because}"
        case FileDropped(because=because):
            return f"its file was removed: {because}"
        case TakeRetried():
            return "a person wants it tried again"
        case DriftMeasured():
            found = drift_of(fact)
            return f"its drift cannot be measured: {fact.because}" if found is None else _drift(found)
    raise AssertionError(f"{type(fact).__name__} has no line")


def _drift(found: Drift) -> str:
    return f"drifted by {number(found.amount)}, most in {found.largest}"


def _made(fact: TaskSucceeded, lineage: Lineage) -> str:
    took = ""
    if fact.ended_at is not None:
        took = f" in {span((fact.ended_at - fact.created_at).total_seconds())}"
    units = "" if fact.units is None else f", {number(fact.units)} units"
    video = lineage.video(fact.take)
    before = video.before if video else 0
    length = "" if fact.duration is None else f", {film(before + fact.duration)} long"
    return f"made{took}{length}{units}"

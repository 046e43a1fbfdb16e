"""Everything the page shows, as plain values: a node a take, and the totals above them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator.budget import Spent, by_currency, entry
from orchestrator.codec import milliseconds
from orchestrator.facts import AttemptDeclined, TaskFailed, TaskSucceeded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Attempt, Lineage, Take, Video
from orchestrator.plan import CAP
from orchestrator.planner import Place
from orchestrator.report.amounts import spent_text
from orchestrator.report.naming import name_of
from orchestrator.report.page.layout import lanes, stretch
from orchestrator.report.states import state_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """How takes are called, and the address at which the page finds the film of a kept video."""

    places: Mapping[TakeKey, tuple[Place, ...]]
    film: Callable[[Video], str]


def contents(lineage: Lineage, telling: Telling, now: datetime) -> Json:
    """The whole page's data; nodes stand in the order of their making, parents before children."""
    index = {key: place for place, key in enumerate(lineage.takes)}
    return {
        "position": lineage.position,
        "at": milliseconds(now),
        "cap": _reach(lineage),
        "spent": spent(lineage),
        "nodes": [node(lineage, key, telling, index) for key in lineage.takes],
        "lanes": lanes(parents(lineage, index)),
    }


def _reach(lineage: Lineage) -> float:
    """How far the axis goes: to the cap, or to the end of the longest film of several segments."""
    ends = (video.film for video in lineage.videos() if video.before)
    return float(max([CAP, *(end for end in ends if end is not None)]))


def _before(take: Take) -> float | None:
    """Seconds of film that its file does not hold, where it is not the first segment."""
    return float(take.video.before) if take.video and take.video.before else None


def _frame(take: Take) -> float | None:
    """Where in its parent's file the frame lies that it goes on from."""
    at = take.last.begun.frame_at if take.last else None
    return None if at is None else float(at)


def parents(lineage: Lineage, index: Mapping[TakeKey, int]) -> list[int | None]:
    """Each take's parent by its place; None for a root."""
    return [index.get(take.parent) if take.parent else None for take in lineage.takes.values()]


def spent(lineage: Lineage) -> list[str]:
    """What was spent or reserved in all, a line a currency."""
    takes = lineage.takes.values()
    sums = by_currency(entry(attempt) for take in takes for attempt in take.attempts)
    return [spent_text(total, currency) for currency, total in sums.items()]


def node(lineage: Lineage, key: TakeKey, telling: Telling, index: Mapping[TakeKey, int]) -> Json:
    """One take as the page shows it; what is absent is left out, instants are Unix milliseconds."""
    take = lineage.take(key)
    where, wanted = stretch(lineage, take), telling.places.get(key, ())
    found = {
        "key": key,
        "parent": index.get(take.parent) if take.parent else None,
        "begins": where.begins,
        "ends": where.ends,
        "guess": None if where.sure else True,
        "before": _before(take),
        "frame": _frame(take),
        "state": state_of(take).value,
        "name": name_of(key, lineage, telling.places),
        "also": [str(place) for place in wanted[1:]] or None,
        "plans": _plans(take, wanted),
        **_asked(take),
        **_made(take.video, telling),
        "tries": _tries(take),
        "cost": _cost(take),
    }
    return {name: value for name, value in found.items() if value is not None}


def _plans(take: Take, wanted: Iterable[Place]) -> list[str]:
    return sorted({place.plan for place in wanted} | {attempt.begun.plan for attempt in take.attempts})


def _asked(take: Take) -> Json:
    if take.last is None:
        return {"elsewhere": True}
    begun = take.last.begun
    return {
        "prompt": begun.prompt,
        "negative": begun.negative_prompt,
        "cfg": _number(begun.cfg_scale),
        "model": begun.model_name,
        "mode": begun.mode,
        "account": begun.account,
        "begun": milliseconds(begun.at),
        "task": take.last.task_id,
        "request": take.last.accepted.request_id if take.last.accepted else None,
        "took": _took(take.last),
    }


def _made(video: Video | None, telling: Telling) -> Json:
    if video is None:
        return {}
    kept, gone = video.kept, video.lost or video.dropped
    return {
        "model": video.model_name,
        "mode": video.mode,
        "account": video.account,
        "task": video.task_id,
        "video": video.video_id,
        "created": milliseconds(video.created_at) if video.created_at else None,
        "expires": milliseconds(video.expires) if video.expires else None,
        "film": telling.film(video) if kept else None,
        "bytes": kept.size if kept else None,
        "pixels": f"{kept.width}×{kept.height}" if kept else None,
        "gone": gone.because if gone else None,
    }


def _tries(take: Take) -> list[Json] | None:
    """Its attempts, where there is more to tell of them than that the first one succeeded."""
    if len(take.attempts) <= 1 and take.video is not None:
        return None
    return [_try(attempt) for attempt in take.attempts]


def _try(attempt: Attempt) -> Json:
    word, message = _outcome(attempt)
    found = {
        "number": attempt.begun.number,
        "at": milliseconds(attempt.begun.at),
        "word": word,
        "message": message,
        "task": attempt.task_id,
        "candidates": list(attempt.unclear.candidates) or None if attempt.unclear else None,
        "money": entry(attempt).standing.value,
    }
    return {name: value for name, value in found.items() if value is not None}


def _outcome(attempt: Attempt) -> tuple[str, str | None]:
    match attempt.end:
        case TaskSucceeded():
            return "succeeded", None
        case TaskFailed(reason=reason, message=message):
            return "failed", f"{reason.value}: {message}"
        case AttemptDeclined(reason=reason, message=message, code=code):
            return "declined", f"{reason.value}: {message} (code {code})"
    if attempt.let_go:
        assert attempt.resolved is not None
        return "let go", attempt.resolved.verdict.value
    if attempt.task_id is not None:
        return "in the air", attempt.missed.message if attempt.missed else None
    return ("unclear", attempt.unclear.message) if attempt.unclear else ("sent", None)


def _took(attempt: Attempt) -> float | None:
    match attempt.end:
        case TaskSucceeded(ended_at=ended_at, created_at=created_at) if ended_at is not None:
            return (ended_at - created_at).total_seconds()
    return None


def _cost(take: Take) -> str | None:
    if not take.attempts:
        return None
    total = Spent()
    for attempt in take.attempts:
        total = total.plus(entry(attempt))
    return spent_text(total, take.attempts[-1].begun.currency)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

"""Everything that is known of one take, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from orchestrator.budget import Entry, entry
from orchestrator.drift import Drift
from orchestrator.facts import AttemptBegun, AttemptDeclined, TaskFailed, TaskSucceeded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Attempt, Lineage, Take, Video
from orchestrator.plan import Kind
from orchestrator.planner import Place
from orchestrator.report.amounts import money, number
from orchestrator.report.drifts import NOTHING, along_json, drift_json, drift_rows
from orchestrator.report.machine import plain
from orchestrator.report.naming import SHORT, name_of
from orchestrator.report.states import state_of
from orchestrator.report.text import clean, pad, wrapped
from orchestrator.report.times import film, local, span
from orchestrator.report.trees import node_json

_LABEL = 16
_RAW = 2000
"""Letters of a raw answer that are shown; `--json` has all that was kept."""

_COPIED = 160

Row = tuple[str, str]


def show_text(
    lineage: Lineage,
    key: TakeKey,
    places: Mapping[TakeKey, tuple[Place, ...]],
    now: datetime,
    columns: int,
    drifts: Mapping[TakeKey, Drift | None] = NOTHING,
) -> str:
    """A heading, then a label and a value a line; ids and file names are never broken.

    `drifts` are those on the way to the take, from the first step to its own.
    """
    take = lineage.take(key)
    lines = [f"{name_of(key, lineage, places)}  {state_of(take).value}", ""]
    rows = [("take", str(key)), *_names(lineage, key, places)]
    if take.last is not None:
        rows += _asked(take.last.begun)
    if take.video is not None:
        rows += _video(lineage, take.video, now)
        rows += drift_rows(drifts.get(key), tuple(drifts.values()))
    for label, value in rows:
        lines += _row(label, value, columns)
    for attempt in take.attempts:
        lines += ["", f"  attempt {attempt.begun.number}"]
        for label, value in _attempt(attempt):
            lines += _row(f"  {label}", value, columns)
    return "\n".join(lines)


def _row(label: str, value: str, columns: int) -> list[str]:
    head = "  " + pad(label, _LABEL)
    whole = clean(value)
    # What has no spaces is copied: an id or a file name is better long than broken.
    copied = " " not in whole and whole.isascii() and len(whole) <= _COPIED
    parts = [whole] if copied else wrapped(value, max(20, columns - len(head)))
    return [(head if index == 0 else " " * len(head)) + part for index, part in enumerate(parts)]


def _names(lineage: Lineage, key: TakeKey, places: Mapping[TakeKey, tuple[Place, ...]]) -> Iterator[Row]:
    take, wanted = lineage.take(key), places.get(key, ())
    yield from (("also wanted at", str(place)) for place in wanted[1:])
    if not wanted:
        yield "wanted", "by no plan any more"
    if take.last and str(take.last.begun.place) not in [str(place) for place in wanted]:
        yield "begun at", take.last.begun.place
    if take.parent is not None:
        how = "" if take.last is None else _from_frame(take.last.begun)
        yield "grows from", f"{how}{name_of(take.parent, lineage, places)} ({take.parent[:SHORT]})"
    children = lineage.children.get(key, [])
    if children:
        names = [f"{name_of(child, lineage, places)} ({child[:SHORT]})" for child in children]
        yield "grown from it", ", ".join(names)


def _from_frame(begun: AttemptBegun) -> str:
    if begun.kind is not Kind.IMAGE:
        return ""
    at = "" if begun.frame_at is None else f" at {number(begun.frame_at)} s"
    return f"the last frame{at} of "


def _asked(begun: AttemptBegun) -> Iterator[Row]:
    yield "kind", begun.kind.value
    for label, value in (
        ("prompt", begun.prompt),
        ("negative prompt", begun.negative_prompt),
        ("cfg scale", begun.cfg_scale),
        ("model", begun.model_name),
        ("mode", begun.mode),
        ("duration", begun.duration),
        ("aspect ratio", begun.aspect_ratio),
        ("image", begun.image),
        ("image tail", begun.image_tail),
    ):
        if value is not None:
            yield label, str(value)


def _video(lineage: Lineage, video: Video, now: datetime) -> Iterator[Row]:
    yield "length", _length(lineage, video)
    yield "video id", video.video_id
    yield "task id", video.task_id
    yield "account", video.account
    if video.kind in (None, Kind.EXTEND) and video.model_name:
        yield "model", f"{video.model_name} {video.mode or ''}"
    if not video.seen:
        yield "seen", "never: only the plan's word is known"
    if video.created_at is not None:
        yield "created", local(video.created_at)
    if video.expires is not None:
        left = (video.expires - now).total_seconds()
        yield (
            "at provider",
            f"until {local(video.expires)}" + (f" ({span(left)})" if left > 0 else ", gone"),
        )
    if video.kept is not None:
        kept = video.kept
        yield "file", kept.path
        size = f"{kept.size:,} bytes, {kept.width}×{kept.height}, {number(kept.seconds)} s"
        yield "", f"{size}, kept {local(kept.at)}"
        yield "sha256", kept.sha256
    if video.dropped is not None:
        yield "file", f"removed {local(video.dropped.at)}: {video.dropped.because}"
    if video.lost is not None:
        yield "file", f"lost {local(video.lost.at)}: {video.lost.because}"


def _length(lineage: Lineage, video: Video) -> str:
    if video.length is None:
        return "not known"
    said = "" if video.duration is not None else ", read from the file"
    own = f"{film(video.length)} ({number(video.length)} s"
    begins = lineage.begins(video.take) if video.parent else None
    if begins is None or video.film is None:
        return f"{own}{said})"
    if video.by_frame:
        return f"{own}{said}), which begin {film(begins)} into the film"
    gained = f"{own}, {number(video.film - begins)} s more than its parent{said})"
    return f"{gained}, {film(video.film)} into the film" if video.before else gained


def _attempt(attempt: Attempt) -> Iterator[Row]:
    begun = attempt.begun
    yield "begun", f"{local(begun.at)} by run {begun.run} for {begun.plan}:{begun.chain}"
    if begun.external_id is not None:
        yield "our id", begun.external_id
    if attempt.accepted is not None:
        yield "accepted", local(attempt.accepted.at)
    if attempt.task_id is not None:
        yield "task id", attempt.task_id
    if attempt.accepted is not None and attempt.accepted.request_id is not None:
        yield "request id", attempt.accepted.request_id
    if attempt.missed is not None:
        yield "missed", f"{local(attempt.missed.at)}: {attempt.missed.message}"
    if attempt.unclear is not None and attempt.end is None:
        yield "unclear", f"{local(attempt.unclear.at)}: {attempt.unclear.message}"
        if attempt.unclear.candidates:
            yield "candidates", ", ".join(attempt.unclear.candidates)
    if attempt.resolved is not None:
        yield "a person said", f"{attempt.resolved.verdict.value}, {local(attempt.resolved.at)}"
    yield from _end(attempt)
    yield "cost", _cost(entry(attempt))
    for label, raw in _raws(attempt):
        yield label, raw if len(raw) <= _RAW else f"{raw[:_RAW]}… (--json has all of it)"


def _end(attempt: Attempt) -> Iterator[Row]:
    match attempt.end:
        case AttemptDeclined() as end:
            yield "declined", f"{local(end.at)}: {end.reason.value}: {end.message} (code {end.code})"
        case TaskFailed() as end:
            yield "failed", f"{local(end.at)}: {end.reason.value}: {end.message}"
        case TaskSucceeded() as end:
            took = (
                ""
                if end.ended_at is None
                else f", took {span((end.ended_at - end.created_at).total_seconds())}"
            )
            yield "succeeded", f"{local(end.at)}{took}"


def _cost(each: Entry) -> str:
    units = "units unknown" if each.units is None else f"{number(each.units)} units"
    cost = "cost unknown" if each.cost is None else money(each.cost, each.begun.currency or "cost")
    word = "billed" if each.billed else each.standing.value
    return f"{word}: {units}, {cost}"


def _raws(attempt: Attempt) -> Iterator[Row]:
    if attempt.accepted is not None and attempt.accepted.raw:
        yield "first answer", attempt.accepted.raw
    if attempt.end is not None and attempt.end.raw:
        yield "last answer", attempt.end.raw


def show_json(
    lineage: Lineage,
    key: TakeKey,
    places: Mapping[TakeKey, tuple[Place, ...]],
    drifts: Mapping[TakeKey, Drift | None] = NOTHING,
) -> dict[str, Any]:
    """The take in short, and all facts known of its attempts and its video, raw answers included."""
    take: Take = lineage.take(key)
    return {
        **node_json(lineage, key, places),
        "children": list(lineage.children.get(key, [])),
        "video": plain(take.video),
        "drift": drift_json(drifts.get(key)),
        "drift_so_far": along_json(drifts),
        "attempts": [
            {**plain(attempt), "task_id": attempt.task_id, "ledger": _ledger(entry(attempt))}
            for attempt in take.attempts
        ],
    }


def _ledger(each: Entry) -> dict[str, Any]:
    return {
        "standing": each.standing.value,
        "calls": each.calls,
        "units": plain(each.units),
        "cost": plain(each.cost),
        "currency": each.begun.currency,
        "billed": each.billed,
    }

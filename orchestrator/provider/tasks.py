"""A task as the three envelopes show it: unwrapped, its state, its video; pure, and never raises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from orchestrator.provider.fields import amount, identifier, instant, items, line, mapping
from orchestrator.provider.reply import Envelope

_DEPTH = 4
"""Envelopes within envelopes that are opened; two are met."""


class State(Enum):
    """Whether a task has ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_ENDED = {
    "succeed": State.SUCCEEDED,
    "succeeded": State.SUCCEEDED,
    "success": State.SUCCEEDED,
    "completed": State.SUCCEEDED,
    "failed": State.FAILED,
    "failure": State.FAILED,
}


_RUNNING = ("submitted", "processing")
"""The vendor's words for a task that runs, as nearly every task of a list has them."""


class Unwrapped(NamedTuple):
    """The gateway's view of a task and, inside it, the vendor's; the same object where there is one."""

    outer: dict[str, object]
    inner: dict[str, object]

    @property
    def nested(self) -> bool:
        """The gateway wraps the vendor's envelope, hence shows what it last refreshed."""
        return self.outer is not self.inner


def unwrapped(data: object) -> Unwrapped:
    """Both views of the one task in `data`, which some gateways wrap in an array."""
    if isinstance(data, dict) and "data" not in data:
        return Unwrapped(data, data)  # as the vendor shows it, five hundred on a page
    outer = inner = _single(data)
    for _ in range(_DEPTH):
        deeper = _single(inner.get("data"))
        if not deeper:
            break
        inner = deeper
    return Unwrapped(outer, inner)


def task_id_of(data: object) -> str | None:
    """The id of the task in `data`, without looking at anything else."""
    return _task_id(unwrapped(data))


def running_id(data: object) -> str | None:
    """The id of a task that plainly runs, as the vendor shows it; None where one must look closer."""
    if not isinstance(data, dict) or "data" in data or "status" in data:
        return None
    task_id = data.get("task_id")
    return task_id if isinstance(task_id, str) and data.get("task_status") in _RUNNING else None


def _task_id(views: Unwrapped) -> str | None:
    found = identifier(views.outer.get("task_id"))
    return identifier(views.inner.get("task_id")) if found is None and views.nested else found


def _single(data: object) -> dict[str, object]:
    found = items(data)
    return mapping(found[0]) if len(found) == 1 else mapping(data)


def external_id_of(said: Envelope) -> str | None:
    """Our own name for the task, if the provider repeats it."""
    return _external_id(unwrapped(said.data).inner)


def _external_id(task: dict[str, object]) -> str | None:
    info = mapping(task.get("task_info"))
    return identifier(info.get("external_task_id")) or identifier(task.get("external_task_id"))


@dataclass(frozen=True, slots=True)
class Film:
    """The video of a task that succeeded."""

    video_id: str
    url: str | None
    duration: Decimal | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One task as an answer shows it; whatever is missing or absurd is None."""

    task_id: str | None
    status: str
    state: State
    message: str
    film: Film | None
    created_at: datetime | None
    ended_at: datetime | None
    parent_video: str | None
    parent_duration: Decimal | None
    external_id: str | None
    units: Decimal | None
    billed: Decimal | None
    nested: bool


def standing(data: object) -> State:
    """Whether the task in `data` has ended."""
    return _status(unwrapped(data))[1]


def shown(data: object) -> Shown:
    """The task in `data`, the vendor's words before the gateway's."""
    views = unwrapped(data)
    outer, inner = views
    status, state = _status(views)
    info = mapping(inner.get("task_info"))
    parent = mapping(info.get("parent_video"))
    created_at = instant(inner.get("created_at")) or instant(outer.get("created_at"))
    updated_at = instant(inner.get("updated_at"))
    ended = state is not State.RUNNING and created_at and updated_at and updated_at >= created_at
    return Shown(
        task_id=_task_id(views),
        status=status,
        state=state,
        message=line(inner.get("task_status_msg")) or line(outer.get("fail_reason")),
        film=_film(inner),
        created_at=created_at,
        ended_at=updated_at if ended else None,
        parent_video=identifier(parent.get("id")),
        parent_duration=amount(parent.get("duration")),
        external_id=_external_id(inner),
        units=amount(inner.get("final_unit_deduction")),
        billed=_billed(inner.get("final_balance_deduction")),
        nested=views.nested,
    )


def _status(views: Unwrapped) -> tuple[str, State]:
    """The first word that ends the task, the vendor's before the gateway's; else the first word said."""
    first = ""
    for view in (views.inner, views.outer) if views.nested else (views.inner,):
        for key in ("task_status", "status"):
            said = view.get(key)
            if said in _RUNNING:
                first = first or str(said)
                continue
            word = line(said)
            if word.lower() in _ENDED:
                return word, _ENDED[word.lower()]
            first = first or word
    return first or "unknown", State.RUNNING


def _film(task: dict[str, object]) -> Film | None:
    for each in map(mapping, items(mapping(task.get("task_result")).get("videos"))):
        video_id, url = identifier(each.get("id")), each.get("url")
        if video_id is not None:
            web = isinstance(url, str) and url.startswith(("https://", "http://"))
            return Film(video_id, url if isinstance(url, str) and web else None, amount(each.get("duration")))
    return None


def _billed(deduction: object) -> Decimal | None:
    # `quota` is what was taken from the balance, `list_price` what it would be without a discount.
    return amount(mapping(deduction).get("quota")) if isinstance(deduction, dict) else amount(deduction)

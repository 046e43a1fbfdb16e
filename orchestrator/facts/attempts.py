"""What became of each request that may be paid: begun, declined, accepted, ended, or resolved by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import Kind


class Reason(StrEnum):
    """Why an attempt was declined or failed: the class that decides what is next."""

    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    PAYMENT = "payment"
    REFUSED = "refused"
    MODERATION = "moderation"
    UNSENT = "unsent"
    ABSENT = "absent"
    OTHER = "other"


class Verdict(StrEnum):
    """What a person says of an attempt that nobody else can tell."""

    TASK = "task-id"
    NOT_SUBMITTED = "not-submitted"
    ABANDONED = "abandon"


@dataclass(frozen=True, slots=True)
class AttemptBegun:
    """One POST is about to leave; written BEFORE the request, and nothing is sent without it.

    `expires` is when the request must have left or never leaves. `units` and `cost` are what it
    is expected to cost; None is unknown. The plan and chain are those that began it, and pay.
    An image2video with a parent goes on from a frame of it, the one shown `frame_at` seconds into its file.
    """

    at: datetime
    take: TakeKey
    number: int
    step: StepKey
    take_number: int
    parent: TakeKey | None
    run: str
    account: str
    plan: str
    chain: str
    place: str
    kind: Kind
    expires: datetime
    prompt: str | None = None
    negative_prompt: str | None = None
    cfg_scale: Decimal | None = None
    model_name: str | None = None
    mode: str | None = None
    duration: str | None = None
    aspect_ratio: str | None = None
    image: str | None = None
    image_tail: str | None = None
    parent_task: str | None = None
    parent_video: str | None = None
    external_id: str | None = None
    units: Decimal | None = None
    cost: Decimal | None = None
    currency: str | None = None
    frame_at: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AttemptDeclined:
    """The provider surely did not accept it; written after its answer, or after asking for it."""

    at: datetime
    take: TakeKey
    number: int
    reason: Reason
    code: str
    message: str
    retry_after: float | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptUnclear:
    """Asking could not tell what became of it; written after reconciling, before a person is asked.

    `candidates` are task ids that fit by parent and time and prove nothing. The attempt keeps its
    slot until `slot_until`, and its budget until it is resolved.
    """

    at: datetime
    take: TakeKey
    number: int
    message: str
    slot_until: datetime
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """The provider made a task of it; written when its id is read, before anything is asked of it."""

    at: datetime
    take: TakeKey
    number: int
    task_id: str
    request_id: str | None = None
    echoed: bool = False
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class TaskMissed:
    """The provider said that it does not know this task; written once, the first time it said so."""

    at: datetime
    take: TakeKey
    number: int
    task_id: str
    message: str


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """The video exists at the provider; written after the answer that says so.

    `duration` is the whole video's length in seconds as the provider gives it, None when it does
    not. `units` and `billed` are what it says it took. `created_at` begins the 30 days.
    """

    at: datetime
    take: TakeKey
    number: int
    task_id: str
    video_id: str
    duration: Decimal | None
    created_at: datetime
    ended_at: datetime | None = None
    parent_duration: Decimal | None = None
    units: Decimal | None = None
    billed: Decimal | None = None
    echoed: bool = False
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The task ended without a video; written after the answer that says so."""

    at: datetime
    take: TakeKey
    number: int
    task_id: str
    reason: Reason
    message: str
    units: Decimal | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptResolved:
    """A person's word on an unclear or suspended attempt; `task_id` when there is a task."""

    at: datetime
    take: TakeKey
    number: int
    verdict: Verdict
    task_id: str | None = None

"""Everything that can have happened: flat, frozen, JSON-able facts, in the past participle.

Each docstring says when the fact is written relative to the request it speaks of. Facts are only
ever added; a released field is never renamed or given a new meaning. `at` is aware UTC, to the ms.
"""

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
class RunBegan:
    """A run began to work on this plan; written first, one for each plan of the run.

    `resolved` is the plan as it was read, with every file that it names (`orchestrator.resolved`).
    """

    at: datetime
    run: str
    plan: str
    path: str | None
    digest: str
    text: str
    resolved: str | None = None


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
class VideoAdopted:
    """A video made elsewhere became a source; written after it was looked up.

    `seen` is false when the provider did not show it and only the plan's word is known. `parent_video`
    is what the provider says it extends, `parent` the take of that video where the journal knew it then.
    """

    at: datetime
    take: TakeKey
    account: str
    task_id: str
    video_id: str
    kind: Kind | None = None
    model_name: str | None = None
    mode: str | None = None
    duration: Decimal | None = None
    created_at: datetime | None = None
    seen: bool = True
    raw: str | None = None
    parent_video: str | None = None
    parent: TakeKey | None = None


@dataclass(frozen=True, slots=True)
class VideoKept:
    """The file is on the disk, checked, under its own name; written after the rename.

    `path` is relative to the archive; `seconds` is the length read from the file.
    """

    at: datetime
    take: TakeKey
    path: str
    size: int
    sha256: str
    seconds: Decimal
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class DriftMeasured:
    """How far a video's new seconds are from its film's first ones; written where a plan stops at a drift.

    Binary logarithms of ratios, and the seam; all are None where it could not be measured, `because` why.
    """

    at: datetime
    take: TakeKey
    brightness: Decimal | None = None
    contrast: Decimal | None = None
    saturation: Decimal | None = None
    sharpness: Decimal | None = None
    seam: Decimal | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class FileDropped:
    """A kept file was removed on purpose; written after it is gone."""

    at: datetime
    take: TakeKey
    because: str


@dataclass(frozen=True, slots=True)
class VideoLost:
    """The file can no longer be fetched; written when the provider or its 30 days say so."""

    at: datetime
    take: TakeKey
    because: str


@dataclass(frozen=True, slots=True)
class TakePicked:
    """A person chose the take that a chain goes on from; the last word counts."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    take_number: int


@dataclass(frozen=True, slots=True)
class TakeRejected:
    """A person does not want this take; it is never picked."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    take_number: int


@dataclass(frozen=True, slots=True)
class TakeWanted:
    """A person wants this many takes of the step in all, if the plan does not want more."""

    at: datetime
    plan: str
    chain: str
    step: StepKey
    takes: int


@dataclass(frozen=True, slots=True)
class TakeRetried:
    """A person wants a take tried again; what failed or was refused before no longer counts."""

    at: datetime
    take: TakeKey


@dataclass(frozen=True, slots=True)
class StepApproved:
    """A person looked at the step and wants the chain to go on."""

    at: datetime
    plan: str
    chain: str
    step: StepKey


@dataclass(frozen=True, slots=True)
class AttemptResolved:
    """A person's word on an unclear or suspended attempt; `task_id` when there is a task."""

    at: datetime
    take: TakeKey
    number: int
    verdict: Verdict
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChainStopped:
    """A run left the chain in this state; information for people, never read by the planner.

    `seconds` is how long its film is, `made` how many of its steps exist, `digest` that of the plan's text.
    `settled`: done, and only another text or a person's word can make it go on.
    """

    at: datetime
    run: str
    plan: str
    chain: str
    state: str
    because: str
    seconds: Decimal | None = None
    made: int | None = None
    digest: str | None = None
    settled: bool = False


AttemptNews = (
    AttemptDeclined
    | AttemptUnclear
    | AttemptResolved
    | TaskAccepted
    | TaskMissed
    | TaskSucceeded
    | TaskFailed
)
AttemptFact = AttemptBegun | AttemptNews
VideoFact = VideoAdopted | VideoKept | FileDropped | VideoLost
PersonFact = TakePicked | TakeRejected | TakeWanted | TakeRetried | StepApproved
Fact = AttemptFact | VideoFact | PersonFact | DriftMeasured | RunBegan | ChainStopped


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact and its place in the journal, from 1, growing."""

    position: int
    fact: Fact

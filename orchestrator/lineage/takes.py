"""What the facts say of one take: its attempts, its task, its video; a pure fold over its facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptFact,
    AttemptNews,
    AttemptResolved,
    AttemptUnclear,
    FileDropped,
    TakeRetried,
    TaskAccepted,
    TaskFailed,
    TaskMissed,
    TaskSucceeded,
    Verdict,
    VideoAdopted,
    VideoFact,
    VideoKept,
    VideoLost,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import Kind

LIFETIME = timedelta(days=30)
"""Everything at the provider is purged this long after its creation (protocol page, §3)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST and all that is known of it; `position` is that of the newest fact about it."""

    begun: AttemptBegun
    position: int
    accepted: TaskAccepted | None = None
    missed: TaskMissed | None = None
    unclear: AttemptUnclear | None = None
    resolved: AttemptResolved | None = None
    end: AttemptDeclined | TaskSucceeded | TaskFailed | None = None

    @property
    def task_id(self) -> str | None:
        """The provider's task, from its answer or from a person."""
        if self.accepted is not None:
            return self.accepted.task_id
        return self.resolved.task_id if self.resolved else None

    @property
    def let_go(self) -> bool:
        """A person said that there is no task, or that nobody waits for it any more."""
        if self.resolved is None or self.resolved.verdict is Verdict.TASK:
            return False
        # An answer that arrives after "not submitted" is the truth; after "abandon" it changes nothing.
        return self.accepted is None or self.resolved.verdict is Verdict.ABANDONED

    @property
    def open(self) -> bool:
        """It may still be running, and costs a slot: neither ended nor let go."""
        return self.end is None and not self.let_go

    @property
    def loosely(self) -> bool:
        """Nobody can tell whether there is a task, so that it holds its slot only for a while."""
        return self.unclear is not None and self.task_id is None

    def holds_slot(self, now: datetime) -> bool:
        """It counts as a running task of the account; an unclear one only for a while."""
        if not self.open:
            return False
        return not self.loosely or (self.unclear is not None and now < self.unclear.slot_until)

    @property
    def tasked_at(self) -> datetime | None:
        """When its task became known."""
        if self.accepted is not None:
            return self.accepted.at
        return self.resolved.at if self.resolved and self.resolved.task_id else None


def attempt_after(attempt: Attempt, position: int, fact: AttemptNews) -> Attempt:
    """The attempt once this fact about it is known; what ended once stays ended that way."""
    match fact:
        case TaskAccepted():
            return replace(attempt, position=position, accepted=attempt.accepted or fact)
        case TaskMissed():
            return replace(attempt, position=position, missed=attempt.missed or fact)
        case AttemptUnclear():
            return replace(attempt, position=position, unclear=fact)
        case AttemptResolved():
            return replace(attempt, position=position, resolved=fact)
        case TaskSucceeded():
            return replace(attempt, position=position, end=fact)
        case AttemptDeclined() | TaskFailed():
            return replace(attempt, position=position, end=attempt.end or fact)
        case _:
            assert_never(fact)


@dataclass(frozen=True, slots=True)
class Video:
    """Something that exists (or existed) at the provider: the whole segment up to there.

    `before` is how many seconds of film precede it: those of the segments it goes on from, each up to the
    frame that was taken of it; `frame_at` is where in its parent's file that frame lies.
    """

    take: TakeKey
    parent: TakeKey | None
    account: str
    task_id: str
    video_id: str
    kind: Kind | None
    model_name: str | None
    mode: str | None
    duration: Decimal | None
    created_at: datetime | None
    at: datetime
    seen: bool = True
    kept: VideoKept | None = None
    lost: VideoLost | None = None
    dropped: FileDropped | None = None
    before: Decimal = Decimal(0)
    frame_at: Decimal | None = None

    @property
    def length(self) -> Decimal | None:
        """The length in seconds of the video itself: the provider's word, else the kept file's."""
        if self.duration is not None:
            return self.duration
        return self.kept.seconds if self.kept else None

    @property
    def end(self) -> Decimal | None:
        """Where its pictures end, in seconds: by the kept file, for the provider's word is rounded."""
        return self.kept.seconds if self.kept else self.duration

    @property
    def film(self) -> Decimal | None:
        """The running length in seconds, with all segments before it."""
        return None if self.length is None else self.before + self.length

    @property
    def by_frame(self) -> bool:
        """It begins a segment of its own, from a frame of its parent, and does not contain its parent."""
        return self.kind is Kind.IMAGE and self.parent is not None

    @property
    def expires(self) -> datetime | None:
        """When the provider purges it: 30 days after its own creation, else after we learned of it."""
        return None if self.created_at is None else self.created_at + LIFETIME

    @property
    def wants_keeping(self) -> bool:
        """Its file is neither here nor given up."""
        return self.seen and self.kept is None and self.lost is None and self.dropped is None


@dataclass(frozen=True, slots=True)
class Take:
    """All that is known under one take key."""

    key: TakeKey
    attempts: tuple[Attempt, ...] = ()
    video: Video | None = None
    retried: int = 0

    @property
    def step(self) -> StepKey | None:
        """The step it is a take of; None for an adopted video."""
        return self.attempts[0].begun.step if self.attempts else None

    @property
    def parent(self) -> TakeKey | None:
        """The take it continues."""
        if self.attempts:
            return self.attempts[0].begun.parent
        return self.video.parent if self.video else None

    def made_for(self, plan: str) -> bool:
        """Whether it has a video, and was first begun for a plan of that name."""
        return self.video is not None and bool(self.attempts) and self.attempts[0].begun.plan == plan

    @property
    def last(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def open(self) -> tuple[Attempt, ...]:
        """Attempts that may still be running; more than one only after a person's word."""
        return tuple(attempt for attempt in self.attempts if attempt.open)


def take_after(take: Take, position: int, fact: AttemptFact | VideoFact | TakeRetried) -> Take:
    """The take once this fact about it is known."""
    match fact:
        case TakeRetried():
            return replace(take, retried=position)
        case VideoAdopted():
            # Asked for once more, it stays where it is in the lineage.
            return replace(take, video=_adopted(fact, take.video.parent if take.video else fact.parent))
        case VideoKept():
            return _with_file(take, kept=fact, dropped=None, lost=None)
        case FileDropped():
            return _with_file(take, kept=None, dropped=fact)
        case VideoLost():
            return _with_file(take, lost=fact)
        case AttemptBegun():
            return Take(take.key, (*take.attempts, Attempt(fact, position)), take.video, take.retried)
    attempts = tuple(
        attempt_after(attempt, position, fact) if attempt.begun.number == fact.number else attempt
        for attempt in take.attempts
    )
    assert attempts != take.attempts, f"{type(fact).__name__} of an attempt that never began"
    video = take.video
    if isinstance(fact, TaskSucceeded) and video is None:
        video = _made(fact, next(each.begun for each in attempts if each.begun.number == fact.number))
    return Take(take.key, attempts, video, take.retried)


def _made(fact: TaskSucceeded, begun: AttemptBegun) -> Video:
    return Video(
        take=begun.take,
        parent=begun.parent,
        account=begun.account,
        task_id=fact.task_id,
        video_id=fact.video_id,
        kind=begun.kind,
        model_name=begun.model_name,
        mode=begun.mode,
        duration=fact.duration,
        created_at=fact.created_at,
        at=fact.at,
        frame_at=begun.frame_at,
    )


def _adopted(fact: VideoAdopted, parent: TakeKey | None) -> Video:
    return Video(
        take=fact.take,
        parent=parent,
        account=fact.account,
        task_id=fact.task_id,
        video_id=fact.video_id,
        kind=fact.kind,
        model_name=fact.model_name,
        mode=fact.mode,
        duration=fact.duration,
        created_at=fact.created_at,
        at=fact.at,
        seen=fact.seen,
    )


def _with_file(take: Take, **changes: object) -> Take:
    assert take.video is not None, "a file of a video that was never made"
    return replace(take, video=replace(take.video, **changes))  # type: ignore[arg-type]  # names of Video's own fields

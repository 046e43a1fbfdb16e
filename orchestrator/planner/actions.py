"""What can be next: actions in the imperative, each with its `because`, and the ends of a chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from orchestrator.facts import AttemptBegun, VideoKept
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Attempt, Comparison, Video
from orchestrator.plan import Existing, Generation, Kind, Step


class Ending(StrEnum):
    """How a chain ends without a person."""

    DONE = "done"
    PAUSED = "paused"
    CAPPED = "capped"
    EXPIRED = "expired"
    REFUSED = "refused"
    FAILED = "failed"


class Need(StrEnum):
    """What a chain waits for that only a person can give."""

    BUDGET = "budget"
    PICK = "pick"
    REVIEW = "review"
    DRIFT = "drift"
    LENGTH = "length"
    UNCLEAR = "unclear"
    SUSPENDED = "suspended"
    LOST = "lost"
    CREDENTIALS = "credentials"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a plan something belongs: `plan:chain.step#repeat@take`, without what is not needed."""

    plan: str
    chain: str
    step: str
    repeat: int | None = None
    take: int | None = None

    def __str__(self) -> str:
        repeat = "" if self.repeat is None else f"#{self.repeat}"
        take = "" if self.take is None else f"@{self.take}"
        return f"{self.plan}:{self.chain}.{self.step}{repeat}{take}"


@dataclass(frozen=True, slots=True)
class Submit:
    """Begin the next attempt of a take: one POST that may be paid."""

    take: TakeKey
    number: int
    step: StepKey
    take_number: int
    place: Place
    wish: Step
    prompt: str | None
    because: str
    parent: Video | None = None
    generation: Generation | None = None
    kind: Kind = Kind.EXTEND
    units: Decimal | None = None
    cost: Decimal | None = None
    level: float = 0

    @property
    def by_frame(self) -> bool:
        """It goes on from the last frame of its parent's file."""
        return self.parent is not None and self.kind is Kind.IMAGE


@dataclass(frozen=True, slots=True)
class Watch:
    """Ask after an accepted task until it ends, at least until the given instant."""

    take: TakeKey
    attempt: Attempt
    until: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out what became of an attempt of which nothing is known."""

    take: TakeKey
    begun: AttemptBegun
    because: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Fetch the file of a video, check it and put it into the archive."""

    take: TakeKey
    video: Video
    because: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Look up a video made elsewhere, which is free, and make it a source."""

    take: TakeKey
    source: Existing
    account: str
    because: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure how far a video has drifted, which decides whether `then` may be submitted.

    `wanted` is None as long as its file is not here.
    """

    take: TakeKey
    wanted: Comparison | None
    then: Submit
    because: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do here until something else has happened."""

    because: str
    take: TakeKey | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must act; `place` names what to type a command about."""

    need: Need
    because: str
    place: Place | None = None
    take: TakeKey | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The chain has come to its end for now."""

    ending: Ending
    because: str
    film: VideoKept | None = None


Action = Submit | Watch | Reconcile | Keep | Adopt | Measure | Wait | Hold | Finish

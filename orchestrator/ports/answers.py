"""What goes to the provider and what comes back, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.facts import AttemptBegun, Reason
from orchestrator.lineage import Echo
from orchestrator.plan import Image, Kind
from orchestrator.ports.archive import Frame


@dataclass(frozen=True, slots=True)
class Submission:
    """One POST, as values: what is sent is exactly what is not None; `frame` is sent as its image."""

    kind: Kind
    prompt: str | None = None
    negative_prompt: str | None = None
    cfg_scale: Decimal | None = None
    parent_task: str | None = None
    parent_video: str | None = None
    model_name: str | None = None
    mode: str | None = None
    duration: str | None = None
    aspect_ratio: str | None = None
    image: Image | None = None
    image_tail: Image | None = None
    frame: Frame | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider answered with a task id."""

    task_id: str
    request_id: str | None = None
    echoed: bool = False
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider surely did not accept it (the closed list of the protocol page, §5)."""

    reason: Reason
    code: str
    message: str
    retry_after: float | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may have been accepted; only asking can tell, and perhaps only a person."""

    message: str
    raw: str | None = None


Outcome = Accepted | Declined | Unclear


@dataclass(frozen=True, slots=True)
class Running:
    """The task is known and has not ended."""

    status: str


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The task ended with a video; lengths are whole seconds of film as the provider says."""

    task_id: str
    video_id: str
    url: str | None
    duration: Decimal | None
    created_at: datetime | None
    ended_at: datetime | None = None
    parent_video: str | None = None
    parent_duration: Decimal | None = None
    units: Decimal | None = None
    billed: Decimal | None = None
    external_id: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The task ended without a video."""

    reason: Reason
    message: str
    units: Decimal | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The provider says that it does not know the task."""

    message: str


Answer = Running | Succeeded | Failed | Missing


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of the provider's list of tasks shows of those that were asked after.

    `made` have their videos. `unsure` have ended, but how, only a question of their own can tell.
    `last`: it has nothing behind it.
    """

    made: Mapping[str, Succeeded]
    running: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    last: bool = False

    @property
    def shown(self) -> int:
        """How many of them are on it."""
        return len(self.made) + len(self.running) + len(self.unsure)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What `find` needs to judge whose task a task is.

    `known` tasks belong to other attempts. `echo` is another attempt whose id the provider kept: only
    a host that finds it by that id can be believed when it does not find ours.
    `alone`: the settings promise that nobody else extends these videos, and no other open attempt
    has the same parent. `since`/`until` bound when the task can have been made.
    """

    begun: AttemptBegun
    since: datetime
    until: datetime
    known: frozenset[str]
    echo: Echo | None
    alone: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The attempt became this task."""

    task_id: str
    echoed: bool
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider has no such task; to be believed only once the intent is past its patience."""

    message: str


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The provider offers no way to know; `candidates` fit by parent and time and prove nothing.

    `final`: asking again later cannot help either (the routes are not offered).
    """

    message: str
    candidates: tuple[str, ...] = ()
    final: bool = False


Finding = Found | Absent | CannotTell

"""What the runner needs from the outside, as protocols, and the values that pass through them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from orchestrator.budget import Allowance
from orchestrator.facts import AttemptBegun, Fact, Reason, Recorded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Echo, Lineage
from orchestrator.plan import Image, Kind, Plan
from orchestrator.planner import ChainView

T = TypeVar("T")

# ---- time and threads


class Clock(Protocol):
    """The time of day, and a clock that only grows and goes on while the machine sleeps."""

    def now(self) -> datetime:
        """Aware UTC, to the millisecond; steady within a run even if somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...


class Offload(Protocol):
    """Runs a blocking function beside the event loop; virtual time runs it in line."""

    async def __call__(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises."""
        ...


# ---- the provider


@dataclass(frozen=True, slots=True)
class Submission:
    """One POST, as values: what is sent is exactly what is not None."""

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


class Provider(Protocol):
    """The remote API; every failure is one of our errors, with its cause kept."""

    @property
    def floor(self) -> float:
        """Seconds between two questions for one task below which asking is useless."""
        ...

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        """Send it once, with its first byte before `deadline` (by `Clock.monotonic`), or never.

        Never raises for anything the provider or the network does; never sends twice.
        """
        ...

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        """What became of the task: UnreachableError, CredentialsError, PaymentError, ProviderError."""
        ...

    async def find(self, inquiry: Inquiry) -> Finding:
        """Whether an attempt of unclear outcome became a task; raises as `look_up` does."""
        ...

    def fetch(self, url: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of a file, without any credential: UnreachableError, ProviderError."""
        ...


# ---- the journal


@dataclass(frozen=True, slots=True)
class Terms:
    """What must hold in the very transaction that begins an attempt.

    At most `slots` attempts of the account in the air, this one included; each allowance kept.
    `level` is the longest remaining expected time in seconds: who goes first where several writers
    share an account.
    """

    slots: int
    level: float = 0
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """The fact is durable; the request may leave."""

    recorded: Recorded


@dataclass(frozen=True, slots=True)
class NoSlot:
    """As many attempts as allowed are in the air."""


@dataclass(frozen=True, slots=True)
class Taken:
    """That attempt (take key, number) exists already."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """One of the allowances does not cover it."""

    because: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The journal holds facts that the decision did not know; read them and plan again."""


Beginning = Begun | NoSlot | Taken | OverBudget | Stale


class Journal(Protocol):
    """The facts in order; append-only; every method raises only `StateError`s."""

    @property
    def id(self) -> str:
        """What tells this journal from every other; made once, with it."""
        ...

    async def begin(self, attempt: AttemptBegun, terms: Terms, expected: int) -> Beginning:
        """Write the intent if nothing forbids it; durable before it returns `Begun`.

        `expected` is the last position the decision knew; facts beyond it make it `Stale`.
        """
        ...

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        """Write facts, durable and all together before it returns, with their places."""
        ...

    async def read(self, after: int) -> tuple[Recorded, ...]:
        """The facts beyond a position, in order."""
        ...

    async def changed(self) -> bool:
        """Whether another process may have written since this was last asked; cheap."""
        ...


# ---- the archive and the people who watch


class Archive(Protocol):
    """The video files on disk; file names are ours."""

    def room(self) -> str | None:
        """Why nothing more should be paid for on this disk; None when there is room."""
        ...

    async def keep(self, key: TakeKey, chunks: AbstractAsyncContextManager[AsyncIterator[bytes]]) -> Kept:
        """Stream, check, hash, sync and rename: UnreachableError, ProviderError, MediaError, DiskError."""
        ...

    async def publish(self, plan: Plan, chain: str, path: str) -> str:
        """Give a kept file a readable name of its own, where the plan wants it; returns it: DiskError."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the archive; `path` is relative to the state folder."""

    path: str
    size: int
    sha256: str
    seconds: Decimal
    width: int
    height: int


class Reporter(Protocol):
    """Is told what happens, so that people and machines can watch; must return at once."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written."""
        ...

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew; `view.next` says what it does or waits for."""
        ...

    def said(self, message: str) -> None:
        """Something worth a line that is no fact: waiting, a failed question, a fresh try."""
        ...

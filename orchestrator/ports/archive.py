"""The video files on disk, as a run needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from orchestrator.drift import Drift
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison
from orchestrator.plan import Plan
from orchestrator.ports.downloads import Opening


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the archive; `path` is relative to the state folder."""

    path: str
    size: int
    sha256: str
    seconds: Decimal
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a kept film as it is sent, its SHA-256, and when it is shown, in seconds of the file."""

    content: bytes
    digest: str
    at: Decimal


@dataclass(frozen=True, slots=True)
class Reel:
    """A kept file that a film shows, up to `until` seconds of it, and its chapters: title and beginning."""

    path: str
    sha256: str
    until: Decimal | None = None
    chapters: tuple[tuple[str, Decimal], ...] = ()


class Archive(Protocol):
    """The video files on disk; file names are ours."""

    def room(self) -> str | None:
        """Why nothing more should be paid for on this disk; None when there is room."""
        ...

    async def keep(self, key: TakeKey, opening: Opening) -> Kept:
        """Stream, check, hash, sync and rename: UnreachableError, ProviderError, MediaError, DiskError."""
        ...

    async def measure(self, wanted: Comparison) -> Drift:
        """How far the seconds of a kept film are from its first ones: MediaError when they do not decode."""
        ...

    async def last_frame(self, path: str) -> Frame:
        """The last frame of a kept film that shows something; equal files give equal bytes: MediaError."""
        ...

    async def publish(self, plan: Plan, chain: str, reels: Sequence[Reel]) -> str:
        """Give a film a readable name, where the plan wants it; returns it: DiskError, MediaError.

        One kept file is the film as it is; several are joined, once for as long as they are the same.
        """
        ...

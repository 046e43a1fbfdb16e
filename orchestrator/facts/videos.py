"""What became of videos and their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.plan import Kind


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

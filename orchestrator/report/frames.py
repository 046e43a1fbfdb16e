"""Single frames of kept films: a poster, the last one, and the pair at each join, made when first wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from orchestrator.errors import DiskError
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.media import BrokenVideoError, contact_sheet, small_frame
from orchestrator.report.paths import Scene
from orchestrator.report.text import clean

HEIGHT = {"poster": 108, "last": 216, "before": 216, "after": 216}
"""Pixels: a poster is one of many on a page, the others are looked at."""

_BESIDE = Decimal("0.06")
"""Seconds on either side of a join: one frame and a half at 24 a second."""


class Still(StrEnum):
    """Which frame of a film: of its new seconds the middle one, the last, and the two at its join."""

    POSTER = "poster"
    LAST = "last"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of one state folder, kept in its `frames/`; calls block, so make them beside the loop."""

    state: Path

    def still(self, lineage: Lineage, key: TakeKey, which: Still) -> Path | None:
        """The JPEG of that frame, made now if need be; None where there is no film or it is broken.

        Once made, a frame outlives its film's file.
        """
        out = self.state / "frames" / f"{key}-{which.value}.jpg"
        if out.exists():
            return out
        video = lineage.video(key)
        if video is None or video.kept is None:
            return None
        time = _time(lineage, video, which)
        if which in (Still.BEFORE, Still.AFTER) and time is None:
            return None
        return out if self._make(self.state / video.kept.path, time, out, which) else None

    def _make(self, film: Path, time: Decimal | None, out: Path, which: Still) -> bool:
        try:
            out.parent.mkdir(exist_ok=True)
            small_frame(film, time, out, HEIGHT[which.value])
        # A full disk or a folder that is only read costs a picture, never the page.
        except (BrokenVideoError, DiskError, OSError):
            return False
        return True


def _time(lineage: Lineage, video: Video, which: Still) -> Decimal | None:
    """When it is on screen, in seconds; None for the last one, and for a join that is not known."""
    assert video.kept is not None
    # What goes on by frame holds nothing of its parent: its file begins with its own seconds.
    parent = lineage.video(video.parent) if video.parent and not video.by_frame else None
    begins = _end_of(parent) if parent else Decimal(0)
    match which:
        case Still.POSTER:
            return begins + max(Decimal(0), video.kept.seconds - begins) / 2
        case Still.LAST:
            return None
        case Still.BEFORE | Still.AFTER if parent is None:
            return None
        case Still.BEFORE:
            return max(Decimal(0), begins - _BESIDE)
        case Still.AFTER:
            return begins + _BESIDE


def _end_of(video: Video) -> Decimal:
    # The file's own length is where the join is; the provider's word is rounded.
    return video.kept.seconds if video.kept else video.length or Decimal(0)


def sheet(state: Path, lineage: Lineage, those: Sequence[Scene], out: Path, *, seams: bool) -> None:
    """A contact sheet of a whole film: a frame of each step's new seconds, or the two at each join.

    What is missing or broken leaves an empty cell with its label. Raises DiskError, or PlanError when
    `out` is named neither .jpg nor .png.
    """
    items = []
    for index, scene in enumerate(those):
        label = clean(f"{scene.name.rpartition('.')[2]}  {scene.title}")
        film = _film(state, lineage, those[index:])
        items += [(film, time, label) for time in _moments(scene, seams=seams)]
    contact_sheet(items, out)


def _moments(scene: Scene, *, seams: bool) -> list[Decimal]:
    begins = (scene.begins or Decimal(0)) - scene.before
    if not seams:
        return [begins + (scene.gained or Decimal(0)) / 2]
    return [begins - _BESIDE, begins + _BESIDE] if begins else []


def _film(state: Path, lineage: Lineage, onwards: Sequence[Scene]) -> Path | None:
    """The file that shows these seconds: the step's own, else the nearest film that contains it."""
    for number, scene in enumerate(onwards):
        if number and scene.by_frame:
            return None  # another segment, which does not contain it
        video = lineage.video(scene.key)
        if video is not None and video.kept is not None and (state / video.kept.path).exists():
            return state / video.kept.path
    return None

"""Which seconds of which kept files tell how far a video has drifted from what its film began with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orchestrator.drift import Drift
from orchestrator.facts import DriftMeasured
from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.takes import Video


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Seconds of a kept file; `path` is relative to the state folder."""

    path: str
    begins: Decimal
    ends: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """The seconds a step added, those its film began with, and those just before the join."""

    source: Excerpt
    before: Excerpt
    segment: Excerpt


def comparison(lineage: Lineage, take: TakeKey) -> Comparison | None:
    """What is to be compared; None for what a film began with, and where files or lengths are missing."""
    path = lineage.path(take)
    if len(path) < 2:
        return None
    parent, video = path[-2:]
    source, before, segment = _source(path), _end(parent, video), _segment(parent, video)
    if source is None or before is None or segment is None:
        return None
    return Comparison(source, before, segment)


def drift_of(measured: DriftMeasured) -> Drift | None:
    """What was measured; None where nothing could be."""
    parts = (measured.brightness, measured.contrast, measured.saturation, measured.sharpness)
    brightness, contrast, saturation, sharpness = parts
    if brightness is None or contrast is None or saturation is None or sharpness is None:
        return None
    return Drift(brightness, contrast, saturation, sharpness, measured.seam)


def _source(path: tuple[Video, ...]) -> Excerpt | None:
    """The first video's seconds, in the last file that begins with them: there they are encoded alike."""
    ends = path[0].end
    found = None
    for video in path:
        if video.by_frame:
            break
        if video.kept is not None and ends is not None:
            found = Excerpt(video.kept.path, Decimal(0), ends)
    return found


def _end(parent: Video, video: Video) -> Excerpt | None:
    """The parent's seconds: in its own file where a frame of that begins a segment, up to that frame."""
    if video.by_frame:
        file, ends = parent.kept, video.frame_at or parent.end
    else:
        file, ends = video.kept, parent.end
    return None if file is None or ends is None else Excerpt(file.path, Decimal(0), ends)


def _segment(parent: Video, video: Video) -> Excerpt | None:
    if video.kept is None:
        return None
    begins = Decimal(0) if video.by_frame else parent.end
    if begins is None or begins >= video.kept.seconds:
        return None
    return Excerpt(video.kept.path, begins, video.kept.seconds)

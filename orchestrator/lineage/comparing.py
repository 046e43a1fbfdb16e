"""Which seconds of which kept files tell how far a video has drifted from what its film began with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.takes import Video
from orchestrator.plan import Kind


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


def holds_parent(video: Video) -> bool:
    """Whether its file begins with its parent's whole film, as that of an extension does."""
    return video.parent is not None and video.kind is not Kind.IMAGE


def _source(path: tuple[Video, ...]) -> Excerpt | None:
    """The first video's seconds, in the last file that begins with them: there they are encoded alike."""
    ends = path[0].end
    found = None
    for number, video in enumerate(path):
        if number and not holds_parent(video):
            break
        if video.kept is not None and ends is not None:
            found = Excerpt(video.kept.path, Decimal(0), ends)
    return found


def _end(parent: Video, video: Video) -> Excerpt | None:
    file = video.kept if holds_parent(video) else parent.kept
    return None if file is None or parent.end is None else Excerpt(file.path, Decimal(0), parent.end)


def _segment(parent: Video, video: Video) -> Excerpt | None:
    if video.kept is None:
        return None
    begins = parent.end if holds_parent(video) else Decimal(0)
    if begins is None or begins >= video.kept.seconds:
        return None
    return Excerpt(video.kept.path, begins, video.kept.seconds)

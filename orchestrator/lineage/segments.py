"""The segments of a film: videos that extend one another are one file, a last frame begins the next one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.takes import Video
from orchestrator.plan import SOURCE_STEP


@dataclass(frozen=True, slots=True)
class Segment:
    """Videos each of which holds the one before it; `until` is where the next segment's frame lies.

    `until` is in seconds of the file, None where all of it is shown.
    """

    videos: tuple[Video, ...]
    until: Decimal | None = None

    @property
    def film(self) -> Video:
        """The video whose file is the whole segment."""
        return self.videos[-1]

    @property
    def begins(self) -> tuple[Decimal, ...]:
        """Where in that file the new seconds of each video begin."""
        return (Decimal(0), *(video.end or Decimal(0) for video in self.videos[:-1]))


def segments(lineage: Lineage, key: TakeKey) -> tuple[Segment, ...]:
    """The segments of the film that ends with this video, in order."""
    found: list[list[Video]] = []
    for video in lineage.path(key):
        if video.by_frame or not found:
            found.append([])
        found[-1].append(video)
    untils = [*(videos[0].frame_at for videos in found[1:]), None]
    return tuple(Segment(tuple(videos), until) for videos, until in zip(found, untils, strict=False))


def titled(place: str) -> str:
    """`chain · step`: what a chapter is called after a place in a plan."""
    chain, _, step = place.partition(":")[2].partition(".")
    step = step.partition("@")[0]
    return f"{chain} · {'source' if step in ('', SOURCE_STEP) else step}"

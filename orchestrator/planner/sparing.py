"""Which kept files nobody needs: each holds the whole film up to there, so a disk fills with their square."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.planner.views import ChainView

MARGIN = timedelta(days=1)
"""What the provider purges within this time counts as gone: a file is not fetched in its last hour."""


class Keeping(StrEnum):
    """Which files stay: all, the longest of each chain, or every picked one on the way to it."""

    ALL = "all"
    TIPS = "tips"
    PICKED = "picked"


@dataclass(frozen=True, slots=True)
class Thinning:
    """What may go, and what would go but could not be brought back."""

    going: tuple[Video, ...]
    spared: tuple[Video, ...]


def thinning(
    lineage: Lineage,
    views: Sequence[ChainView],
    keeping: Keeping,
    now: datetime,
    among: Collection[TakeKey] | None = None,
) -> Thinning:
    """The kept files that today's plans do not need, of these takes or of all.

    `views` are the chains of every plan there is: what one of them needs stays. What was made outside
    of plans stays too, and takes that wait for a pick, and files that alone know their length.
    """
    kept = [video for video in lineage.videos() if video.kept is not None]
    if keeping is Keeping.ALL:
        return Thinning((), ())
    needed = {key for view in views for key in _needed(lineage, view, keeping)}
    planned = {key for view in views for key in (*view.consulted, *_path(lineage, view))}
    going = [
        video
        for video in kept
        if video.take not in needed
        and video.duration is not None
        and (among is None or video.take in among)
        and (video.take in planned or _of_a_plan(lineage, video))
    ]
    return Thinning(
        tuple(video for video in going if replaceable(video, now)),
        tuple(video for video in going if not replaceable(video, now)),
    )


def replaceable(video: Video, now: datetime) -> bool:
    """Whether the provider surely shows it, and will for another day."""
    return video.seen and video.lost is None and video.expires is not None and now + MARGIN < video.expires


def _needed(lineage: Lineage, view: ChainView, keeping: Keeping) -> Iterator[TakeKey]:
    whole = _videos(lineage, view)
    path = [video.take for video in whole if video.kept is not None]
    # The tip's own file may not be here yet; the longest that is here is then the film.
    yield from path[-1:] if keeping is Keeping.TIPS else path
    # A film of several segments is in as many files: each ends where the next one went on by frame.
    yield from (video.parent for video in whole if video.by_frame and video.parent)
    for step in view.steps:
        if step.picked is None:
            yield from (take.key for take in step.takes)


def _path(lineage: Lineage, view: ChainView) -> Iterator[TakeKey]:
    return (video.take for video in _videos(lineage, view))


def _videos(lineage: Lineage, view: ChainView) -> tuple[Video, ...]:
    return lineage.path(view.tip.take) if view.tip is not None else ()


def _of_a_plan(lineage: Lineage, video: Video) -> bool:
    attempts = lineage.take(video.take).attempts
    return any(attempt.begun.plan in lineage.plans for attempt in attempts)

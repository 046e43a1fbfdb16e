"""Which seconds of which films make one film of several chains: each in order, nothing shown twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video, segments, titled
from orchestrator.media import Chapter, Mark
from orchestrator.planner import ChainView, Place
from orchestrator.report.amounts import number
from orchestrator.report.naming import name_of, places_of
from orchestrator.report.paths import minute
from orchestrator.report.text import clean, pad, width

_ROOM = 40


@dataclass(frozen=True, slots=True)
class Part:
    """What one segment of a chain gives: its film from `since` on, and a mark where each new step begins.

    It ends at `until` where the next part begins with a frame of it, so that no picture comes twice.
    """

    view: ChainView
    film: Video
    since: Decimal
    marks: tuple[Mark, ...]
    until: Decimal | None = None


def parts(views: Sequence[ChainView], lineage: Lineage) -> tuple[Part, ...]:
    """In the order given: of a film only what grew beyond the films before it, for each holds its parents.

    Chains that have no film yet, or none that the others do not show, give nothing.
    """
    places = places_of(views)
    shown: set[TakeKey] = set()
    found: list[Part] = []
    for view in views:
        for segment in segments(lineage, view.tip.take) if view.tip else ():
            begins = segment.begins
            new = [index for index, video in enumerate(segment.videos) if video.take not in shown]
            shown.update(video.take for video in segment.videos)
            if new:
                _cut(found, segment.videos[0])
                titles = [_title(segment.videos[index].take, view, lineage, places) for index in new]
                marks = tuple(Mark(title, begins[index]) for title, index in zip(titles, new, strict=True))
                found.append(Part(view, segment.film, begins[new[0]], marks))
    return tuple(found)


def _cut(before: list[Part], first: Video) -> None:
    """End what was shown last where the frame lies that this segment begins with."""
    if not before or not first.by_frame or before[-1].film.take != first.parent or first.frame_at is None:
        return
    last = before.pop()
    if last.since < first.frame_at:
        before.append(replace(last, until=first.frame_at))


def parts_text(those: Iterable[Part], chapters: Sequence[Chapter]) -> str:
    """A line a chapter: its times in the joined film, and from where in which film it was taken."""
    rows = [(part, mark) for part in those for mark in part.marks]
    room = min(_ROOM, max(width(clean(mark.title)) for _, mark in rows))
    lines, left = [], iter(rows)
    for chapter in chapters:
        # A step that added nothing has no chapter.
        part, mark = next((part, mark) for part, mark in left if mark.title == chapter.title)
        begins = mark is part.marks[0] and part.since
        taken = f"  from {number(part.since)} s of {clean(part.view.chain.name)} on" if begins else ""
        times = f"{minute(chapter.begins):>6}–{minute(chapter.ends):<6}"
        lines.append(f"  {times}  {pad(clean(chapter.title), room)}{taken}".rstrip())
    return "\n".join(lines)


def _title(
    key: TakeKey, view: ChainView, lineage: Lineage, places: Mapping[TakeKey, tuple[Place, ...]]
) -> str:
    """`chain · step`: by the chain's own name for it, where it has one."""
    own = next((place for place in places.get(key, ()) if place.chain == view.chain.name), None)
    name = str(own) if own is not None else name_of(key, lineage, places)
    return titled(name) if ":" in name else f"{name} · source"

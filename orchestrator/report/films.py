"""Which seconds of which films make one film of several chains: each in order, nothing shown twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.media import Chapter, Mark
from orchestrator.plan import SOURCE_STEP
from orchestrator.planner import ChainView, Place
from orchestrator.report.amounts import number
from orchestrator.report.naming import name_of, places_of
from orchestrator.report.paths import minute
from orchestrator.report.text import clean, pad, width

_ROOM = 40


@dataclass(frozen=True, slots=True)
class Part:
    """What one chain gives: its film from `since` on, and a mark in it where each new step begins."""

    view: ChainView
    film: Video
    since: Decimal
    marks: tuple[Mark, ...]


def parts(views: Sequence[ChainView], lineage: Lineage) -> tuple[Part, ...]:
    """In the order given: of a film only what grew beyond the films before it, for each holds its parents.

    Chains that have no film yet, or none that the others do not show, give nothing.
    """
    places = places_of(views)
    shown: set[TakeKey] = set()
    found = []
    for view in views:
        if view.tip is None:
            continue
        path = lineage.path(view.tip.take)
        new = [index for index, video in enumerate(path) if video.take not in shown]
        shown.update(video.take for video in path)
        if new:
            begins = [Decimal(0), *map(_end_of, path)]
            marks = [Mark(_title(path[index].take, view, lineage, places), begins[index]) for index in new]
            found.append(Part(view, view.tip, begins[new[0]], tuple(marks)))
    return tuple(found)


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


def _end_of(video: Video) -> Decimal:
    # The file's own length is where the join is; the provider's word is rounded.
    return video.kept.seconds if video.kept else video.length or Decimal(0)


def _title(
    key: TakeKey, view: ChainView, lineage: Lineage, places: Mapping[TakeKey, tuple[Place, ...]]
) -> str:
    """`chain · step`: by the chain's own name for it, where it has one."""
    own = next((place for place in places.get(key, ()) if place.chain == view.chain.name), None)
    name = str(own) if own is not None else name_of(key, lineage, places)
    chain, _, step = name.partition(":")[2].partition(".")
    step = step.partition("@")[0]
    return f"{chain or name} · {'source' if step in ('', SOURCE_STEP) else step}"

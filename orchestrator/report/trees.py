"""The lineage as a forest in text and as JSON: a line a take, indented only where it branches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator.budget import entry
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Take
from orchestrator.plan import Kind
from orchestrator.planner import ChainView, Place
from orchestrator.report.amounts import number, plural
from orchestrator.report.machine import plain
from orchestrator.report.naming import SHORT, name_of, places_of
from orchestrator.report.states import MARKS, State, expiry, state_of
from orchestrator.report.text import clean, cut, pad
from orchestrator.report.times import film

_WIDE = 132
"""From so many columns on, file names are shown as well."""

_FILE = len("videos/") + 40 + len(".mp4")

_RIGHT = {"length": 6, "units": 5, "state": 11, "node": SHORT}
"""Cells of what stands to the right of places and prompts."""

_LEAST = 20
"""Cells for places and prompts; a terminal with fewer is not shown the units, then not the state."""


@dataclass(frozen=True, slots=True)
class Forest:
    """What is drawn: these takes below these roots, under the names that today's plans give them."""

    lineage: Lineage
    roots: tuple[TakeKey, ...]
    shown: frozenset[TakeKey]
    places: Mapping[TakeKey, tuple[Place, ...]]
    hidden: int
    now: datetime


def forest(
    lineage: Lineage,
    views: Sequence[ChainView],
    now: datetime,
    *,
    roots: Sequence[TakeKey] | None = None,
    others: Sequence[ChainView] = (),
    everything: bool = False,
) -> Forest:
    """What these chains want, or everything; below some takes only, if they are given.

    What `others` want besides is neither drawn nor counted as hidden.
    """
    begin = lineage.roots if roots is None else roots
    reach = set(_below(lineage, begin))
    wanted = {key for view in views for key in view.consulted} | _keys(places_of(views), lineage)
    elsewhere = {key for view in others for key in view.consulted} - wanted
    shown = reach if everything else (reach & wanted) | set(roots or ())
    return Forest(
        lineage=lineage,
        roots=tuple(key for key in begin if key in shown),
        shown=frozenset(shown),
        places=places_of(views),
        hidden=len(reach - shown - elsewhere),
        now=now,
    )


def origin(view: ChainView) -> TakeKey | None:
    """The take that a chain begins with, as far as it has come."""
    if view.source is not None:
        return view.source.take
    return view.steps[0].takes[0].key if view.steps else None


def _below(lineage: Lineage, roots: Iterable[TakeKey]) -> Iterable[TakeKey]:
    """These takes and everything grown from them, parents before children."""
    todo = list(reversed(list(roots)))
    while todo:
        key = todo.pop()
        yield key
        todo.extend(reversed(lineage.children.get(key, [])))


def _keys(places: Mapping[TakeKey, Collection[Place]], lineage: Lineage) -> set[TakeKey]:
    """The takes that have a place and their ancestors, so that no line hangs in the air."""
    found: set[TakeKey] = set()
    for key in places:
        step: TakeKey | None = key
        while step is not None and step not in found:
            found.add(step)
            step = lineage.take(step).parent
    return found


def tree_text(drawn: Forest, columns: int = 80) -> str:
    """The forest; a take that one other grew from continues its line, several are indented below it."""
    plans = {place.plan for names in drawn.places.values() for place in names}
    lines = [] if not drawn.roots else [_header(columns)]
    # Depth first, each with what stands before its own line and before those below it.
    todo = [(key, "", "") for key in reversed(drawn.roots)]
    while todo:
        key, first, rest = todo.pop()
        lines.append(_line(drawn, key, first, columns, alone=len(plans) == 1))
        children = [each for each in drawn.lineage.children.get(key, []) if each in drawn.shown]
        if len(children) == 1:
            todo.append((children[0], rest, rest))
            continue
        for each in reversed(children):
            last = each is children[-1]
            todo.append((each, rest + ("└─" if last else "├─"), rest + ("  " if last else "│ ")))
    if drawn.hidden:
        lines.append(f"{plural(drawn.hidden, 'more take')} that no plan wants any more: --all")
    return "\n".join(lines)


def _header(columns: int) -> str:
    return _row("", {name: name for name in _RIGHT}, "file", columns)


def _row(left: str, right: Mapping[str, str], file: str, columns: int) -> str:
    """A line; of lengths and units the ends stand below one another."""
    cells = [pad(right[name], _RIGHT[name], right=name in ("length", "units")) for name in _shown(columns)]
    files = [file] if columns >= _WIDE else []
    return "  ".join([pad(left, _left(columns)), *cells, *files]).rstrip()


def _shown(columns: int) -> tuple[str, ...]:
    """What there is room for to the right."""
    shown = list(_RIGHT)
    for name in ("units", "state"):
        if _room(columns, shown) < _LEAST:
            shown.remove(name)
    return tuple(shown)


def _left(columns: int) -> int:
    """Cells for places and prompts."""
    return _room(columns, _shown(columns))


def _room(columns: int, shown: Sequence[str]) -> int:
    file = _FILE + 2 if columns >= _WIDE else 0
    return columns - sum(_RIGHT[name] + 2 for name in shown) - file


def _line(drawn: Forest, key: TakeKey, prefix: str, columns: int, *, alone: bool) -> str:
    take = drawn.lineage.take(key)
    state = state_of(take)
    name = name_of(key, drawn.lineage, drawn.places)
    # One plan's name on every line would tell nobody anything.
    name = name.partition(":")[2] if alone and ":" in name else name
    file = take.video.kept.path if take.video and take.video.kept else ""
    head = f"{prefix}{MARKS[state]} {cut(name, max(8, _left(columns) // 2))}"
    right = {
        "length": film(take.video.film) if take.video else "",
        "units": _units(take),
        "state": _standing(take, state, drawn.now),
        "node": key[:SHORT],
    }
    return _row(f"{head}  {_title(take)}", right, file, columns)


def _title(take: Take) -> str:
    if take.last is None:
        assert take.video is not None, "a take has attempts or was adopted"
        return f"video {clean(take.video.video_id)}"
    begun = take.last.begun
    how = "by frame: " if begun.kind is Kind.IMAGE and begun.parent is not None else ""
    return how + clean(begun.prompt or "(no prompt)")


def _units(take: Take) -> str:
    entries = [entry(attempt) for attempt in take.attempts]
    if any(each.units is None for each in entries):
        return "?"
    return number(sum((each.units or Decimal(0) for each in entries), Decimal(0))) if entries else ""


def _standing(take: Take, state: State, now: datetime) -> str:
    left = expiry(take, now)
    if state is State.KEPT:
        return f"kept {left}".rstrip()
    return f"{state.value} {left}".rstrip() if state is State.MADE else state.value


def tree_json(drawn: Forest) -> list[dict[str, Any]]:
    """One mapping a take, parents before children."""
    keys = [key for root in drawn.roots for key in _below(drawn.lineage, [root]) if key in drawn.shown]
    return [node_json(drawn.lineage, key, drawn.places) for key in keys]


def node_json(lineage: Lineage, key: TakeKey, places: Mapping[TakeKey, tuple[Place, ...]]) -> dict[str, Any]:
    """A take in short."""
    take = lineage.take(key)
    video, last = take.video, take.last
    return {
        "take": key,
        "parent": take.parent,
        "places": [str(place) for place in places.get(key, ())],
        "begun_at_place": last.begun.place if last else None,
        "prompt": last.begun.prompt if last else None,
        "state": state_of(take).value,
        "task_id": video.task_id if video else last.task_id if last else None,
        "video_id": video.video_id if video else None,
        "kind": last.begun.kind.value if last else None,
        "seconds": plain(video.length) if video else None,
        "film_seconds": plain(video.film) if video else None,
        "file": video.kept.path if video and video.kept else None,
        "expires": plain(video.expires) if video else None,
        "attempts": len(take.attempts),
    }

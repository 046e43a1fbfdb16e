"""Where each take stands on the page: a lane, and the seconds of film that its step added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.lineage import Lineage, Take
from orchestrator.plan import LONGEST

_THINNEST = 0.5
"""Seconds a box has at least: a step that added nothing is still to be seen."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From where to where on the time axis, in seconds; not `sure` where a length is not known (yet)."""

    begins: float
    ends: float
    sure: bool


def lanes(parents: Sequence[int | None]) -> list[int]:
    """The lane of each node, from 0, given each one's parent by its place in the sequence.

    Parents stand before their children. The first child stays on its parent's lane, so that a chain is
    one strip. Every other child begins a lane below all that grew out of its elder siblings: a line from
    a parent straight down to its child crosses no box.
    """
    children: list[list[int]] = [[] for _ in parents]
    roots: list[int] = []
    for place, parent in enumerate(parents):
        (roots if parent is None else children[parent]).append(place)
    found = [0] * len(parents)
    next_lane = 0
    # Each entry begins a lane; the ones that branch off latest in the film are taken from the top first.
    todo = list(reversed(roots))
    while todo:
        node: int | None = todo.pop()
        while node is not None:
            found[node] = next_lane
            todo.extend(reversed(children[node][1:]))
            node = children[node][0] if children[node] else None
        next_lane += 1
    return found


def stretch(lineage: Lineage, take: Take) -> Stretch:
    """The seconds its step added; for what is not made yet, those it is going to add at most."""
    begins, sure = _begin(lineage, take)
    ends = take.video.film if take.video else None
    if ends is None:
        return Stretch(begins, begins + float(LONGEST), sure=False)
    return Stretch(begins, max(float(ends), begins + _THINNEST), sure)


def _begin(lineage: Lineage, take: Take) -> tuple[float, bool]:
    if take.parent is None:
        return 0.0, True
    if (begins := lineage.begins(take.key)) is not None:
        return float(begins), True
    # A parent of unknown length is drawn as if it had added the usual; so are all before it.
    guess = Decimal(0)
    above: Take | None = lineage.take(take.parent)
    while above is not None and (above.video is None or above.video.film is None):
        guess += LONGEST
        above = lineage.take(above.parent) if above.parent else None
    known = above.video.film if above and above.video else None
    return float(guess + (known or 0)), False

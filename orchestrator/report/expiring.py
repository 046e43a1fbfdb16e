"""What the provider is about to purge: videos that are still needed there, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.planner import ChainView, Ending, Finish, Place
from orchestrator.report.machine import plain
from orchestrator.report.naming import SHORT, name_of, places_of
from orchestrator.report.text import clean, table
from orchestrator.report.times import local, span

_KEPT = "its file is here; it can only not be extended any more"


@dataclass(frozen=True, slots=True)
class Passing:
    """A video that the provider purges at an instant, and why that matters."""

    take: TakeKey
    place: str
    at: datetime
    why: str


def passing(
    lineage: Lineage,
    views: Sequence[ChainView],
    now: datetime,
    within: timedelta,
    *,
    everything: bool = False,
    placed: Callable[[Sequence[TakeKey]], Mapping[TakeKey, tuple[Place, ...]]] | None = None,
) -> tuple[Passing, ...]:
    """What is purged within that time and is not gone yet, the soonest first.

    Only what is still needed at the provider, a file that is not here or a tip that a chain is to grow
    from, unless `everything` is asked for. `placed` tells where takes are wanted; else the views do.
    """
    why = needed(lineage, views)
    if everything:
        why |= {key: _KEPT for key, take in lineage.takes.items() if take.video and key not in why}
    soon: dict[TakeKey, datetime] = {}
    for key in why:
        video = lineage.video(key)
        if video is not None and video.expires is not None and now < video.expires <= now + within:
            soon[key] = video.expires
    places = placed(list(soon)) if placed else places_of(views)
    found = (Passing(key, name_of(key, lineage, places), at, why[key]) for key, at in soon.items())
    return tuple(sorted(found, key=lambda each: each.at))


def needed(lineage: Lineage, views: Sequence[ChainView]) -> dict[TakeKey, str]:
    """Videos whose end at the provider would cost something, and what."""
    why = dict.fromkeys(lineage.unkept, "its file is not here yet")
    for view in views:
        if view.tip is not None and not _whole(view):
            why.setdefault(view.tip.take, f"{view.plan}:{view.chain.name} still grows from it")
    return why


def _whole(view: ChainView) -> bool:
    return isinstance(view.end, Finish) and view.end.ending in (Ending.DONE, Ending.CAPPED)


def passing_text(those: Sequence[Passing], now: datetime) -> str:
    """A line a video: its name, how long it has, when that is, and why it matters."""
    rows = [
        [
            clean(each.place),
            f"in {span((each.at - now).total_seconds())}",
            local(each.at),
            each.take[:SHORT],
            clean(each.why),
        ]
        for each in those
    ]
    return "\n".join(table(rows, set()))


def passing_json(those: Sequence[Passing]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [plain(each) for each in those]

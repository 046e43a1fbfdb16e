"""What people call a take: its places in the plans of today, or the one it was begun at; and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from orchestrator.errors import PlanError
from orchestrator.identity import TakeKey
from orchestrator.lineage import LEAST, Lineage
from orchestrator.plan import SOURCE_STEP, Existing
from orchestrator.planner import ChainView, Place, StepView
from orchestrator.report.text import clean

SHORT = 8
"""Letters of a take key that are shown, and name it."""

_SHOWN = 8
PLACE = re.compile(
    r"(?:(?P<plan>[^\s:]+):)?(?P<chain>[^\s.@/:#]+)"
    r"(?:\.(?P<step>[^\s.@/:#]+))?(?:#(?P<repeat>\d+))?(?:@(?P<take>\d+))?"
)
"""A place as people write it, with only the parts that are needed."""


def places_of(views: Iterable[ChainView]) -> dict[TakeKey, tuple[Place, ...]]:
    """Where today's plans want each take; several places for what they share."""
    found: dict[TakeKey, tuple[Place, ...]] = {}
    for view in views:
        named = [(take.key, take.place) for step in view.steps for take in step.takes]
        if view.source is not None and isinstance(view.chain.source, Existing):
            named.insert(0, (view.source.take, Place(view.plan, view.chain.name, SOURCE_STEP)))
        for key, place in named:
            if place not in found.get(key, ()):
                found[key] = (*found.get(key, ()), place)
    return found


def name_of(key: TakeKey, lineage: Lineage, places: Mapping[TakeKey, tuple[Place, ...]]) -> str:
    """The first place it is wanted at, else where it was begun, else the beginning of its key."""
    if key in places:
        return str(places[key][0])
    last = lineage.take(key).last
    return clean(last.begun.place) if last else key[:SHORT]


def named_chain(text: str) -> tuple[str | None, str | None]:
    """The plan and the chain that this speaks of, if it is a place or a chain."""
    match = PLACE.fullmatch(text)
    return (match["plan"], match["chain"]) if match else (None, None)


def find(
    text: str,
    lineage: Lineage,
    views: Sequence[ChainView],
    placed: Callable[[Sequence[TakeKey]], Mapping[TakeKey, tuple[Place, ...]]] | None = None,
) -> TakeKey:
    """The take that this names: a place, a chain (its tip), or the beginning of a key or an id.

    `views` are the chains it can speak of. PlanError when nothing is called so, or several are, which are
    then listed under their places (`placed` tells them; else those of the views).
    """
    match = PLACE.fullmatch(text)
    for found in (
        _by_place(match, views) if match else [],
        lineage.begun_at(text),
        lineage.named(text),
    ):
        keys = list(dict.fromkeys(found))
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise PlanError(_ambiguous(text, keys, lineage, placed(keys) if placed else places_of(views)))
    raise PlanError(
        f"nothing is called {clean(text)}: name a place such as plan:chain.step#repeat@take, a chain, "
        f"or at least {LEAST} letters of a take, task or video id; `orchestrate lineage tree` shows them"
    )


def _by_place(match: re.Match[str], views: Sequence[ChainView]) -> list[TakeKey]:
    return [
        key
        for view in views
        if view.chain.name == match["chain"] and match["plan"] in (None, view.plan)
        for key in _in_chain(match, view)
    ]


def _in_chain(match: re.Match[str], view: ChainView) -> list[TakeKey]:
    if match["step"] is None:
        return [view.tip.take] if view.tip else []
    if match["step"] == SOURCE_STEP and view.source is not None and match["take"] is None:
        return [view.source.take]
    steps = [
        step
        for step in view.steps
        if step.place.step == match["step"]
        and (match["repeat"] is None or step.place.repeat == int(match["repeat"]))
    ]
    if not steps:
        return []
    # Without a repetition the newest that is made is meant, as for the tip of a chain.
    made = [step for step in steps if step.picked is not None]
    return _in_step(match["take"], (made or steps)[-1])


def _in_step(take: str | None, step: StepView) -> list[TakeKey]:
    if take is not None:
        return [each.key for each in step.takes if each.number == int(take)]
    return [step.picked.key] if step.picked else [each.key for each in step.takes]


def _ambiguous(
    text: str, keys: Sequence[TakeKey], lineage: Lineage, places: Mapping[TakeKey, tuple[Place, ...]]
) -> str:
    shown = [f"  {key[:SHORT]}  {name_of(key, lineage, places)}" for key in keys[:_SHOWN]]
    more = [f"  … and {len(keys) - _SHOWN} more"] if len(keys) > _SHOWN else []
    return "\n".join([f"{clean(text)} can be any of {len(keys)}; say more of it:", *shown, *more])

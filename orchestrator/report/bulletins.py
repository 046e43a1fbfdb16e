"""What somebody who does not look on is told: a chain ended, a person is needed, something expires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.facts import ChainStopped
from orchestrator.plan import Occasion
from orchestrator.planner import ChainView, Ending, Finish, Hold, Need
from orchestrator.report.asking import ask_of
from orchestrator.report.expiring import Passing
from orchestrator.report.text import clean
from orchestrator.report.times import local

ChainName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One message: `text` says it in a line, safe for a terminal; `how` are commands to type.

    `state` is how the chain ended or what it needs; `seconds` and `made` are its length and its steps.
    """

    at: datetime
    event: Occasion
    plan: str
    text: str
    chain: str | None = None
    place: str | None = None
    state: str | None = None
    seconds: Decimal | None = None
    made: int | None = None
    how: tuple[str, ...] = ()


class Bulletins:
    """Told how chains look; says each end and each need once, and not again what the last run ended with."""

    def __init__(self, stops: Mapping[ChainName, ChainStopped]) -> None:
        self._before = stops
        self._known: dict[ChainName, frozenset[tuple[str, str]]] = {}

    def news_of(self, view: ChainView, now: datetime) -> tuple[Bulletin, ...]:
        """What has become of it since it was last seen."""
        name = (view.plan, view.chain.name)
        ends = {_mark(end): end for end in _ends(view)}
        known = self._known.get(name)
        if known is None:
            before = self._before.get(name)
            known = frozenset(mark for mark in ends if before is not None and mark[0] == before.state)
        self._known[name] = frozenset(ends)
        return tuple(_bulletin(view, end, now) for mark, end in ends.items() if mark not in known)


def _ends(view: ChainView) -> Iterator[Finish | Hold]:
    """A chain needs a person as soon as one of its steps does, and ends when all of it has."""
    yield from (action for action in view.next if isinstance(action, Hold))
    if isinstance(view.end, Finish) and view.end.ending is not Ending.PAUSED:
        yield view.end


def _mark(end: Finish | Hold) -> tuple[str, str]:
    if isinstance(end, Hold):
        return end.need.value, str(end.place)
    return end.ending.value, ""


def _bulletin(view: ChainView, end: Finish | Hold, now: datetime) -> Bulletin:
    name = f"{view.plan}:{view.chain.name}"
    if isinstance(end, Finish):
        event, state = Occasion.FINISHED, end.ending.value
        text = clean(f"{name} is {state}: {end.because}")
        return Bulletin(now, event, view.plan, text, view.chain.name, None, state, view.length, view.made)
    ask, state = ask_of(end, None), end.need.value
    event = Occasion.BUDGET if end.need is Need.BUDGET else Occasion.DECISION
    text, place = clean(f"{ask.place or name} needs you: {state}: {ask.because}"), ask.place or None
    return Bulletin(
        now, event, view.plan, text, view.chain.name, place, state, view.length, view.made, ask.how
    )


def expiring_bulletins(those: Sequence[Passing], now: datetime) -> tuple[Bulletin, ...]:
    """One a plan: what the provider purges soon and is needed still; `those` the soonest first."""
    by_plan: dict[str, list[Passing]] = {}
    for each in those:
        by_plan.setdefault(each.place.partition(":")[0], []).append(each)
    return tuple(_expiring(plan, found, now) for plan, found in by_plan.items())


def _expiring(plan: str, found: Sequence[Passing], now: datetime) -> Bulletin:
    first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    text = f"{first.place} is purged on {local(first.at)}: {first.why}{more}"
    how = ("orchestrate expiring", "orchestrate resume")
    return Bulletin(now, Occasion.EXPIRING, plan, clean(text), place=first.place, state="expiring", how=how)

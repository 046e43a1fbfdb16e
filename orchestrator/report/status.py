"""How everything in a journal stands: in the air, waiting for a person, chains, spent, expiring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from orchestrator.budget import Spent
from orchestrator.facts import ChainStopped
from orchestrator.identity import TakeKey
from orchestrator.lineage import Attempt, Lineage
from orchestrator.plan import ProviderSettings
from orchestrator.planner import ChainView, Hold, Place, Run, expected, tend
from orchestrator.report.asking import Ask, ask_of
from orchestrator.report.expiring import needed
from orchestrator.report.machine import plain
from orchestrator.report.naming import name_of
from orchestrator.report.states import State, state_of

SUSPECT = timedelta(hours=2)
"""No task is suspected before (`watching`)."""

SOON = timedelta(days=7)
"""What the provider purges within this time is worth a line."""


@dataclass(frozen=True, slots=True)
class PlanKnown:
    """A plan as the journal knows it; where its text of then no longer holds today, that is said.

    `views` are its chains but for those that have `ended` for certain, and for those that nobody looked at.
    """

    name: str
    provider: ProviderSettings | None
    views: tuple[ChainView, ...]
    unreadable: str | None = None
    ended: Mapping[str, ChainStopped] = field(default_factory=dict)
    unseen: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Flying:
    """An attempt that may be running at the provider; `age` and `usual` in seconds."""

    place: str
    account: str
    state: State
    task_id: str | None
    age: float
    usual: float


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """A chain in a word and a reason."""

    plan: str
    chain: str
    state: str
    because: str
    seconds: str | None
    made: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """A video that is still needed at the provider, or whose file is not here yet."""

    place: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything a person wants to know at a glance, over all plans of one journal.

    `flying` counts what is in the air, of which `in_the_air` may tell the beginning only. `unseen` counts
    chains that nobody looked at, by how the last run left them; `unjudged` takes that are in the air for so
    long that a person may have to decide about them, and were not looked at.
    """

    journal: str
    holder: str | None
    facts: int
    in_the_air: tuple[Flying, ...]
    waiting: tuple[Ask, ...]
    chains: tuple[ChainStatus, ...]
    unreadable: Mapping[str, str]
    unkept: int
    spent: Mapping[str | None, Spent]
    expiring: tuple[Expiring, ...]
    flying: int
    unseen: Mapping[str, int]
    unjudged: int


@dataclass(frozen=True, slots=True)
class Facing:
    """What a status is made from: what is known, by whom and when, and where today's plans want takes.

    Of what is in the air only so many are told, all without `most`; and so many at most are looked at for
    a person, all without `looks`.
    """

    journal: str
    holder: str | None
    lineage: Lineage
    spent: Mapping[str | None, Spent]
    plans: Sequence[PlanKnown]
    run: Run
    now: datetime
    placed: Callable[[Sequence[TakeKey]], Mapping[TakeKey, tuple[Place, ...]]]
    most: int | None = None
    looks: int | None = None


def status_of(facing: Facing) -> Status:
    """The status of a journal."""
    lineage = facing.lineage
    views = [view for plan in facing.plans for view in plan.views]
    doubtful = tuple(lineage.doubtful(facing.now - SUSPECT))
    judged = doubtful[: facing.looks]
    return Status(
        journal=facing.journal,
        holder=facing.holder,
        facts=lineage.position,
        in_the_air=tuple(islice((_flying(facing, each) for each in _open(lineage)), facing.most)),
        waiting=tuple(dict.fromkeys(_asks(facing, views, judged))),
        chains=tuple(_chains(facing)),
        unreadable={plan.name: plan.unreadable for plan in facing.plans if plan.unreadable},
        unkept=len(lineage.unkept),
        spent=facing.spent,
        expiring=tuple(sorted(_expiring(facing, views), key=lambda each: each.at)),
        flying=len(lineage.open),
        unseen=Counter(_unseen(facing)),
        unjudged=len(doubtful) - len(judged),
    )


def _open(lineage: Lineage) -> Iterator[Attempt]:
    return (attempt for key in lineage.open for attempt in lineage.takes[key].open)


def _unseen(facing: Facing) -> Iterator[str]:
    """How the last run left each chain that nobody looked at."""
    for plan in facing.plans:
        for chain in plan.unseen:
            stopped = facing.lineage.stops.get((plan.name, chain))
            yield stopped.state if stopped is not None else "under way"


def _flying(facing: Facing, attempt: Attempt) -> Flying:
    begun, lineage = attempt.begun, facing.lineage
    # The plan's settings tell the speed of a sandbox; where the plan is gone, the usual time has to do.
    provider = next((plan.provider for plan in facing.plans if plan.name == begun.plan), None)
    return Flying(
        place=begun.place,
        account=begun.account,
        state=state_of(lineage.take(begun.take)),
        task_id=attempt.task_id,
        age=(facing.now - (attempt.tasked_at or begun.at)).total_seconds(),
        usual=expected(lineage, provider or ProviderSettings(), begun).mean,
    )


def _asks(facing: Facing, views: Iterable[ChainView], doubtful: Iterable[TakeKey]) -> Iterable[Ask]:
    for hold in _holds(facing, views, doubtful):
        yield ask_of(hold, facing.lineage.take(hold.take) if hold.take else None)


def _holds(facing: Facing, views: Iterable[ChainView], doubtful: Iterable[TakeKey]) -> list[Hold]:
    """Of the chains, and of what is open and wanted by no plan of today."""
    found = [each for view in views for each in view.next if isinstance(each, Hold)]
    accounts = {plan.provider.account: plan.provider for plan in facing.plans if plan.provider}
    for key in doubtful:
        provider = accounts.get(facing.lineage.account_of(key) or "")
        if provider is not None:
            tended = tend(facing.lineage, provider, facing.lineage.take(key), facing.now, facing.run)
            found += [each for each in tended if isinstance(each, Hold)]
    once: dict[tuple[TakeKey | None, Place | None, str], Hold] = {}
    for hold in found:
        once.setdefault((hold.take, None if hold.take else hold.place, hold.need.value), hold)
    return list(once.values())


def _chains(facing: Facing) -> Iterable[ChainStatus]:
    for plan in facing.plans:
        for view in plan.views:
            length = None if view.length is None else str(view.length)
            yield ChainStatus(plan.name, view.chain.name, *view.standing, length, view.made)
        yield from (_left(stopped) for stopped in plan.ended.values())
        if plan.unreadable is not None:
            stops = facing.lineage.stops.items()
            yield from (_left(stopped) for (name, _), stopped in stops if name == plan.name)


def _left(fact: ChainStopped) -> ChainStatus:
    length = None if fact.seconds is None else str(fact.seconds)
    return ChainStatus(fact.plan, fact.chain, fact.state, fact.because, length, fact.made or 0)


def _expiring(facing: Facing, views: Sequence[ChainView]) -> Iterable[Expiring]:
    """Files that are not here, and tips that a chain still wants to grow from."""
    lineage, found = facing.lineage, {}
    for key, reason in needed(lineage, views).items():
        video = lineage.video(key)
        if video is not None and video.expires is not None and video.expires - facing.now <= SOON:
            found[key] = (video.expires, reason)
    places = facing.placed(list(found))
    yield from (Expiring(name_of(key, lineage, places), *rest) for key, rest in found.items())


def status_json(status: Status) -> dict[str, Any]:
    """The status as values."""
    made: dict[str, Any] = plain(status)
    made["spent"] = [{"currency": currency, **plain(sum_)} for currency, sum_ in status.spent.items()]
    return made

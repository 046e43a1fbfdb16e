"""How far a chain is foreseen, and what the walks of a plan's chains have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orchestrator.budget import units_of
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import CAP, LONGEST, SHORTEST, Kind, Plan
from orchestrator.planner.actions import Place
from orchestrator.planner.changes import Past
from orchestrator.planner.forecast import Bill, Range
from orchestrator.planner.reach import Reach
from orchestrator.planner.tallying import Tally

UNKNOWN = Range(Decimal(5), CAP)
"""A length that nobody has said yet: no video of this API is shorter than 5 s or longer than the cap."""

NOTHING = Range(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Front:
    """How far a chain is walked: the video there, its length, the seconds until it exists.

    `gate` is the word of a person that everything beyond waits for. `doubtful`: what lies beyond may exist
    already, made from another of several takes, or may wait for a person after all.
    """

    key: TakeKey
    length: Range[Decimal]
    ready: Range[float] = NOTHING
    gate: str | None = None
    doubtful: bool = False

    @property
    def open(self) -> bool:
        """Which of several takes it will be, nobody can tell yet."""
        return "@" in self.key

    def certain(self, goal: Decimal) -> bool:
        """One more extension is made even if every one before it gained the most."""
        return _room(self.length.high, goal)

    def possible(self, goal: Decimal) -> bool:
        """One more extension is made if every one before it gained the least."""
        return _room(self.length.low, goal)

    def grown(self, goal: Decimal) -> Range[Decimal]:
        """The length after one more extension."""
        most = self.length.high + (LONGEST if self.certain(goal) else 0)
        return Range(self.length.low + SHORTEST, most)


def _room(length: Decimal, goal: Decimal) -> bool:
    return length < goal and length + LONGEST <= CAP


@dataclass(slots=True)
class Shared:
    """Keys that are counted once for all chains, where branches begin, and all the work there is.

    `branched` are the steps, by chain, that other chains grow out of.
    `past` is what the plan's steps were before.
    `waiting` are those of the counted keys that wait for a person's word, and where they were counted.
    `durations` are the seconds a task of each kind takes, `work` those of all tasks to begin.
    """

    plan: Plan
    lineage: Lineage
    now: datetime
    durations: Mapping[Kind, Range[float]]
    branched: Set[tuple[str, str | None]]
    past: Past
    reach: Reach = field(default_factory=Reach)
    counted: dict[TakeKey, Place] = field(default_factory=dict)
    waiting: dict[TakeKey, tuple[Tally, Range[int]]] = field(default_factory=dict)
    ready: dict[TakeKey, Range[float]] = field(default_factory=dict)
    fronts: dict[tuple[str, str | None, int | None], Front] = field(default_factory=dict)
    models: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    work: Range[float] = NOTHING

    def price(self, kind: Kind, model: tuple[str | None, str | None]) -> Bill:
        """What one extension of a video of this model and mode comes to."""
        return Bill(1, units_of(kind, *model, None), self.plan.prices.of(kind))

    def taken(self, key: TakeKey, place: Place, gate: str | None) -> Place | None:
        """Where the key is counted already; a chain that need not wait takes it over from one that does."""
        if gate is None and key in self.waiting:
            tally, calls = self.waiting.pop(key)
            tally.comes_sooner(calls, place)
            return None
        return self.counted.get(key)

    def length(self, video: Video) -> Range[Decimal]:
        """A video's length, or what it can be while its file is still to be read."""
        if video.length is not None:
            return Range(video.length, video.length)
        parent = self.lineage.video(video.parent) if video.parent else None
        if parent is None or parent.length is None:
            return UNKNOWN
        return Range(parent.length + SHORTEST, parent.length + LONGEST)

    def remaining(self, kind: Kind, age: float) -> Range[float]:
        """Seconds until a task of this age ends."""
        usual = self.durations[kind]
        # One that is late already may still take as long as such tasks differ.
        return Range(max(0.0, usual.low - age), max(usual.high - usual.low, usual.high - age))

    def toil(self, low: float, high: float) -> None:
        """Seconds of work for the account's slots."""
        self.work = self.work.plus(Range(low, high))


def latest(times: Sequence[Range[float]]) -> Range[float]:
    """When the last of them is over."""
    return Range(max(each.low for each in times), max(each.high for each in times))

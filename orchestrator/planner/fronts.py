"""How far a chain is foreseen, and what the walks of a plan's chains have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from orchestrator.budget import units_of
from orchestrator.identity import TakeKey, existing_key, step_key, take_key
from orchestrator.lineage import DEFAULT_MODEL, Lineage, Video
from orchestrator.plan import LONGEST, SHORTEST, Branch, By, Chain, Existing, Kind, Plan, Source, Step
from orchestrator.planner.actions import Place
from orchestrator.planner.changes import Past
from orchestrator.planner.foreseen import Bill, Range
from orchestrator.planner.lines import UNKNOWN, Line, Model, told
from orchestrator.planner.reach import Reach
from orchestrator.planner.tallying import Tally

NOTHING = Range(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Front:
    """How far a chain is walked: the video there, its length, the seconds until it exists.

    `lines` are those on which every step has gained the least, and the most.
    `gate` is the word of a person that everything beyond waits for. `doubtful`: what lies beyond may exist
    already, made from another of several takes, or may wait for a person after all.
    """

    key: TakeKey
    lines: tuple[Line, Line]
    ready: Range[float] = NOTHING
    gate: str | None = None
    doubtful: bool = False

    @property
    def length(self) -> Range[Decimal]:
        """The running length."""
        return Range(self.lines[0].film, self.lines[1].film)

    @property
    def open(self) -> bool:
        """Which of several takes it will be, nobody can tell yet."""
        return "@" in self.key

    def certain(self, chain: Chain, step: Step) -> bool:
        """One more is made even if every one before it gained the most."""
        return self.lines[1].goes_on(chain, step)

    def kinds(self, step: Step) -> tuple[Kind, Kind]:
        """What makes the next one on each line."""
        return self.lines[0].kind(step), self.lines[1].kind(step)

    def possible(self, chain: Chain, step: Step) -> bool:
        """One more is made if every one before it gained the least."""
        return self.lines[0].goes_on(chain, step)


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
    work: Range[float] = NOTHING
    known_prices: dict[object, tuple[Bill, Bill, Bill]] = field(default_factory=dict)

    def beginning(self, source: Source, video: Video | None) -> Front | None:
        """Where a chain begins that generates no source: at its video, else at what is told of it."""
        if video is not None:
            return Front(video.take, self.lines(video))
        match source:
            case Existing():
                return Front(existing_key(self.plan.provider.account, source), told(source))
            case Branch():
                return self.fronts.get((source.chain, source.step, source.take))
        return None

    def kinds(self, front: Front, step: Step) -> tuple[Kind, Kind]:
        """What makes the next one on each line; what exists already in one of the ways stands."""
        if step.continuation.by is By.AUTO:
            for kind in (Kind.EXTEND, Kind.IMAGE):
                if self.lineage.video(take_key(step_key(front.key, kind, step, step.prompt), 1)):
                    return kind, kind
        return front.kinds(step)

    def exists(self, key: TakeKey, parent: TakeKey) -> bool:
        """Its video is made; nothing grew out of a parent that is not, so that nobody need ask for it."""
        return self.lineage.video(parent) is not None and self.lineage.video(key) is not None

    def may_exist_beyond(self, chosen: TakeKey, keys: Sequence[TakeKey]) -> bool:
        """Nobody can tell yet which take it will be, and one of them was gone on from before."""
        return chosen not in keys and any(key in self.lineage.children for key in keys)

    def took(self, kinds: tuple[Kind, Kind]) -> Range[float]:
        """The seconds of a task that may be of either kind."""
        one, other = (self.durations[kind] for kind in kinds)
        return Range(min(one.low, other.low), max(one.high, other.high))

    def prices(
        self, lines: tuple[Line, Line], step: Step, kinds: tuple[Kind, Kind]
    ) -> tuple[Bill, Bill, Bill]:
        """The least and the most for one call, and the most should the provider refuse to extend."""
        name = kinds, lines[0].model, lines[1].model, step.continuation
        if name not in self.known_prices:
            models = (line.model for line in lines)
            one, other = (self.price(*each, step) for each in zip(kinds, models, strict=True))
            self.known_prices[name] = one.least(other), one.most(other), self.worst(one.most(other), step)
        return self.known_prices[name]

    def price(self, kind: Kind, model: Model, step: Step) -> Bill:
        """What an extension of a video of this model comes to, or a generation from its last frame."""
        cost = self.plan.prices.of(kind)
        if kind is Kind.EXTEND:
            return Bill(1, units_of(kind, *model, None), cost)
        how = step.continuation
        return Bill(1, units_of(kind, how.model_name, how.mode, how.duration), cost)

    def worst(self, price: Bill, step: Step) -> Bill:
        """The most that is asked in its place should the provider refuse to extend."""
        if step.continuation.by is not By.AUTO:
            return price
        return price.most(self.price(Kind.IMAGE, (None, None), step))

    def refuses(self, model_name: str | None) -> bool:
        """Whether the provider is known not to extend what this model makes from a last frame."""
        account = self.plan.provider.account
        return self.lineage.refusals.of_model(account, model_name or DEFAULT_MODEL) is not None

    def taken(self, key: TakeKey, place: Place, gate: str | None) -> Place | None:
        """Where the key is counted already; a chain that need not wait takes it over from one that does."""
        if gate is None and key in self.waiting:
            tally, calls = self.waiting.pop(key)
            tally.comes_sooner(calls, place)
            return None
        return self.counted.get(key)

    def lines(self, video: Video) -> tuple[Line, Line]:
        """How far a video goes at least and at most; its file may still have to be read for that."""
        least, most = self._lengths(video)
        model, refused = (video.model_name, video.mode), self.lineage.refusal(video) is not None
        return Line(least, video.before, model, refused), Line(most, video.before, model, refused)

    def span(self, videos: Sequence[Video]) -> tuple[Line, Line]:
        """The shortest and the longest film that one of these may turn out to be."""
        lines = [self.lines(video) for video in videos]
        film = attrgetter("film")
        return min((low for low, _ in lines), key=film), max((high for _, high in lines), key=film)

    def _lengths(self, video: Video) -> tuple[Decimal, Decimal]:
        if video.length is not None:
            return video.length, video.length
        parent = self.lineage.video(video.parent) if video.parent else None
        if parent is None or parent.length is None or video.by_frame:
            return UNKNOWN
        return parent.length + SHORTEST, parent.length + LONGEST

    def grown(self, lines: tuple[Line, Line], step: Step, kinds: tuple[Kind, Kind]) -> tuple[Line, Line]:
        """Both lines after one more of this step."""
        (low, high), (least, most) = lines, kinds
        return (
            low.grown(step, least, SHORTEST, self.refuses),
            high.grown(step, most, LONGEST, self.refuses),
        )

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

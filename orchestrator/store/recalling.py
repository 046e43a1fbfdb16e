"""A lineage that loads what it is asked for, and answers as the replayed one would."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice

from orchestrator.facts import (
    AttemptBegun,
    ChainStopped,
    DriftMeasured,
    Recorded,
    RunBegan,
    TaskSucceeded,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Refusals, Sort, Take, Video, grown
from orchestrator.plan import Kind
from orchestrator.store.loaded import Loaded
from orchestrator.store.made import Made, MadeTake
from orchestrator.store.reader import Reader
from orchestrator.store.recording import folded
from orchestrator.watching import RECENT, Seconds

_BIRTHS = (TaskSucceeded, VideoAdopted)
"""What makes a video, with what it has of its parent as that is then."""

_A_CHAIN = 3
"""When so many takes of one chain were asked for, the others are loaded with them."""

_LOOKED_THROUGH = 2000
"""So many successes of an account are looked through for those of one model."""


class RecalledLineage(Lineage):
    """Made from a reader that stands still; nothing is applied to it.

    A take is folded from its own facts when it is first asked for. Whatever is seldom needed (iteration
    over everything, above all) replays the whole journal once, and is right all the same.
    """

    def __init__(self, reader: Reader) -> None:
        # Nothing is set up here that is loaded when it is first asked for: see `__getattr__`.
        self._reader = reader
        self.position = reader.position
        self._positions = reader.plans()
        self.plans = Loaded(self._load_plan, lambda: self._positions)
        self.takes = Loaded(self._load, lambda: self._whole.takes)
        self.children = Loaded(lambda key: reader.children(key) or None, lambda: self._whole.children)
        self.drifts = Loaded(self._load_drift, lambda: self._whole.drifts)
        self.tasks = Loaded(reader.tasked, lambda: self._whole.tasks)
        self.durations = Loaded(self._load_durations, lambda: self._whole.durations)
        self.increments = Loaded(self._load_increments, lambda: self._whole.increments)
        self._made: dict[TakeKey, Made] = {}
        self._asked: dict[tuple[str, str], int] = {}

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("word", "spoken", "retried", "picks", "rejected", "wanted", "approved"):
            self._recall(self._reader.words())
        elif name == "began":
            self.began = self._newest_run()
        elif name in ("stops", "stopped_at"):
            ends = Lineage(self._reader.stops())
            self.stops, self.stopped_at = ends.stops, ends.stopped_at
        elif name == "open":
            self.open = dict.fromkeys(self._reader.open_takes())
        elif name == "unkept":
            self.unkept = dict.fromkeys(self._reader.unkept_takes())
        elif name == "refusals" and not self._reader.refused():
            self.refusals = Refusals()
        elif name == "stopped_accounts":
            self.stopped_accounts = self._reader.stopped_accounts()
        else:
            setattr(self, name, getattr(self._whole, name))
        return vars(self)[name]

    def apply(self, recorded: Recorded) -> None:  # noqa: ARG002 - the fold's signature
        """Never: what a journal says is loaded, and does not come in fact by fact."""
        raise AssertionError("nothing is applied to a lineage that is loaded on demand")

    def take_of(self, account: str, video_id: str) -> TakeKey | None:
        """The take that made, or adopted, the video of that id."""
        return self._reader.take_of(account, video_id)

    def named(self, text: str) -> tuple[TakeKey, ...]:
        """The takes with this key, task id or video id, else those with one that begins so; no short ones."""
        return self._reader.named(text)

    def begun_at(self, place: str) -> tuple[TakeKey, ...]:
        """The takes whose newest attempt was begun at this place, written with or without its plan."""
        found = ((key, self.take(key).last) for key in self._reader.begun_at(place))
        return tuple(
            key for key, last in found
            if last and place in (last.begun.place, last.begun.place.partition(":")[2])
        )  # fmt: skip

    def usual(self, account: str, kind: Kind) -> Seconds:
        """The newest task times of a kind: of the model that most is known of, the newest of equals."""
        sorts: dict[Sort, None] = {}
        for fact, video in self._successes(account, kind):
            if fact.ended_at is None:
                continue
            sort = account, kind, self._model_of(video)
            if sort not in sorts and len(self.durations.get(sort, ())) == RECENT:
                return self.durations[sort]  # of no other can more be known
            sorts[sort] = None
        return max((self.durations.get(each, ()) for each in sorts), key=len, default=())

    def begun_for(self, plan: str, chain: str) -> Sequence[AttemptBegun]:
        """Everything that was ever begun for a chain, in order."""
        return self._reader.begun_for(plan, chain)

    def made_for(self, plan: str) -> int:
        """How many videos were first begun for a plan of that name."""
        return self._reader.made_for(plan)

    def plans_from(self, signs: Set[str]) -> Mapping[str, Collection[str]]:
        """Plans that may have chains which begin with what is known by these signs, and those if known."""
        return self._reader.plans_from(signs)

    def plans_with(self, chain: str) -> Collection[str]:
        """Plans that may have a chain of that name."""
        return self._reader.plans_with(chain)

    def settled(self, plan: str) -> Sequence[ChainStopped] | None:
        """How the chains of a plan were left, if that is known to be how they all stand without its text."""
        digest, count = self._chains.get(plan, ("", 0))
        left = self._left.get(plan, [])
        if (
            not count
            or count != len(left)
            or not all(each.settled and each.digest == digest for each in left)
        ):
            return None
        since = min(self.stopped_at[plan, each.chain] for each in left)
        said = (position for (name, _), position in self.spoken.items() if name == plan)
        # What is in the air is tended with the settings of its plan.
        flying = plan in {name for name, _ in self.under_way}
        return None if max(self.retried, *said, 0) > since or flying else left

    def doubtful(self, before: datetime) -> Collection[TakeKey]:
        """Open takes that a person may have to decide about: all but those surely running since `before`."""
        return self._reader.doubtful_takes(before)

    @cached_property
    def under_way(self) -> Collection[tuple[str, str]]:
        """By plan and chain, what something that is open was begun for."""
        return self._reader.under_way()

    @cached_property
    def _chains(self) -> dict[str, tuple[str, int]]:
        return self._reader.chains()

    @cached_property
    def _left(self) -> dict[str, list[ChainStopped]]:
        found: dict[str, list[ChainStopped]] = {}
        for (plan, _), stopped in self.stops.items():
            found.setdefault(plan, []).append(stopped)
        return found

    @cached_property
    def _whole(self) -> Lineage:
        return Lineage(self._reader.facts())

    def _recall(self, words: Iterator[Recorded]) -> None:
        """What people said, from their facts alone."""
        said = Lineage(words)
        self.word, self.spoken, self.retried = said.word, said.spoken, said.retried
        self.picks, self.rejected = said.picks, said.rejected
        self.wanted, self.approved = said.wanted, said.approved

    def _load_plan(self, name: str) -> RunBegan | None:
        position = self._positions.get(name)
        return None if position is None else _began(self._reader.fact(position))

    def _newest_run(self) -> Recorded | None:
        """Its first word: its plans' beginnings stand side by side."""
        found: Recorded | None = None
        for position in sorted(self._positions.values(), reverse=True):
            each = self._reader.fact(position)
            if found is not None and _began(each).run != _began(found).run:
                break
            found = each
        return found

    def _load(self, key: TakeKey) -> Take | None:
        made = self._made.pop(key, None)
        if made is None:
            if not self._reader.knows(key):
                return None  # as most of what is only foreseen
            made = self._reader.made(key)
        if made is None:
            return self._folded(key)
        self._load_chain(made)
        video = made.video
        parent = self.video(video.parent) if video.parent else None
        return MadeTake(key, grown(video, parent) if parent else video, made.plan, lambda: self._take(key))

    def _load_chain(self, made: Made) -> None:
        """Whoever asks for some takes of a chain will ask for all: one question for them."""
        if made.plan is None or made.chain is None:
            return
        asked = self._asked[made.plan, made.chain] = self._asked.get((made.plan, made.chain), 0) + 1
        if asked == _A_CHAIN:
            for each in self._reader.made_of(made.plan, made.chain):
                self._made[each.video.take] = each

    def _take(self, key: TakeKey) -> Take:
        take = self._folded(key)
        assert take is not None, "what has rows has facts"
        return take

    def _folded(self, key: TakeKey) -> Take | None:
        recorded = self._reader.facts_of(key)
        take = folded(key, recorded)
        video = take.video
        if video is not None and video.parent is not None:
            parent = self.video(video.parent)
            if parent is not None and video.by_frame:
                # What of it is seen was settled then, by the file that was there then.
                born = max(each.position for each in recorded if isinstance(each.fact, _BIRTHS))
                parent = replace(parent, kept=self._kept_then(parent.take, born))
            if parent is not None:
                take = replace(take, video=grown(video, parent))
        return take if take.attempts or take.video else None

    def _kept_then(self, key: TakeKey, position: int) -> VideoKept | None:
        before = (each for each in self._reader.facts_of(key) if each.position < position)
        then = folded(key, before).video
        return then.kept if then else None

    def _load_drift(self, key: TakeKey) -> DriftMeasured | None:
        found = (each.fact for each in self._reader.facts_of(key))
        return next((fact for fact in reversed(list(found)) if isinstance(fact, DriftMeasured)), None)

    def _load_durations(self, sort: Sort) -> Seconds | None:
        account, kind, model = sort
        times = (
            (fact.ended_at - fact.created_at).total_seconds()
            for fact, video in self._successes(account, kind)
            if fact.ended_at is not None and self._model_of(video) == model
        )
        return tuple(islice((each for each in times if each > 0), RECENT))[::-1] or None

    def _load_increments(self, of: tuple[str, str | None]) -> Sequence[Decimal] | None:
        account, model = of
        found = (
            fact.duration - parent.length
            for fact, video in self._successes(account, Kind.EXTEND)
            if (parent := self.video(video.parent) if video.parent else None)
            and parent.model_name == model and parent.length and fact.duration
        )  # fmt: skip
        return list(islice(found, RECENT))[::-1] or None

    def _model_of(self, video: Video) -> str | None:
        """The model by which its task is compared with others (`sort_of`)."""
        parent = self.video(video.parent) if video.parent and video.model_name is None else None
        return parent.model_name if parent else video.model_name

    def _successes(self, account: str, kind: Kind) -> Iterator[tuple[TaskSucceeded, Video]]:
        """An account's newest successes, the newest first, and what they made."""
        seen = 0
        for most in (RECENT, _LOOKED_THROUGH):
            recorded = self._reader.succeeded(account, kind, most)
            for each in recorded[seen:]:
                assert isinstance(each.fact, TaskSucceeded)
                video = self.video(each.fact.take)
                assert video is not None, "what succeeded is there"
                yield each.fact, video
            if len(recorded) < most:
                return
            seen = len(recorded)


def _began(recorded: Recorded) -> RunBegan:
    assert isinstance(recorded.fact, RunBegan)
    return recorded.fact

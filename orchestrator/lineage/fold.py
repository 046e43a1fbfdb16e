"""The graph of videos the facts add up to: rebuilt from the journal, never repaired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptFact,
    AttemptResolved,
    ChainStopped,
    DriftMeasured,
    Reason,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TakeWanted,
    TaskAccepted,
    TaskSucceeded,
    VideoAdopted,
    VideoFact,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage.refusals import Refusals, refuses_source
from orchestrator.lineage.takes import Take, Video, take_after
from orchestrator.plan import Kind
from orchestrator.watching import Seconds, remembered

Wish = tuple[str, str, StepKey]
"""What a person's choices are kept by: plan, chain, step key."""

Sort = tuple[str, Kind, str | None]
"""Account, kind and model: what tasks that take equally long have in common."""


LEAST = 4
"""So many letters of an id name what has it."""


@dataclass(frozen=True, slots=True)
class Echo:
    """An id of ours that the provider was seen to keep, and the task it belongs to."""

    external_id: str
    task_id: str


class Lineage:
    """What is known after the facts applied so far, in order; equal facts give an equal lineage.

    Whoever asks sees mappings that cannot be written to: a lineage may as well load what it is asked for.
    """

    def __init__(self, recorded: Iterable[Recorded] = ()) -> None:
        self.position = 0
        self.word = 0  # where in the journal a person last spoke of a step
        self.spoken: dict[tuple[str, str], int] = {}  # the same, by plan and chain
        self.retried = 0  # where a person last wanted any take tried again
        self._takes: dict[TakeKey, Take] = {}
        self._children: dict[TakeKey, list[TakeKey]] = {}
        self._begun: dict[tuple[str, str], list[AttemptBegun]] = {}
        self._durations: dict[Sort, Seconds] = {}
        self._increments: dict[tuple[str, str | None], list[Decimal]] = {}
        self._tasks: dict[str, TakeKey] = {}
        self.takes: Mapping[TakeKey, Take] = self._takes
        self.children: Mapping[TakeKey, Sequence[TakeKey]] = self._children
        self.durations: Mapping[Sort, Seconds] = self._durations
        self.increments: Mapping[tuple[str, str | None], Sequence[Decimal]] = self._increments
        self.tasks: Mapping[str, TakeKey] = self._tasks
        self.roots: list[TakeKey] = []
        self.steps: dict[StepKey, dict[int, TakeKey]] = {}
        self.picks: dict[Wish, int] = {}
        self.rejected: set[tuple[str, str, StepKey, int]] = set()
        self.wanted: dict[Wish, int] = {}
        self.approved: set[Wish] = set()
        self.began: Recorded | None = None  # the first `RunBegan` of the newest run
        self._plans: dict[str, RunBegan] = {}
        self.plans: Mapping[str, RunBegan] = self._plans
        self.stops: dict[tuple[str, str], ChainStopped] = {}
        self.stopped_at: dict[tuple[str, str], int] = {}
        self._drifts: dict[TakeKey, DriftMeasured] = {}
        self.drifts: Mapping[TakeKey, DriftMeasured] = self._drifts
        self.open: dict[TakeKey, None] = {}
        self.unclear: dict[TakeKey, None] = {}
        self.flying: dict[str, int] = {}  # open attempts by account that hold a slot however long it takes
        self.unkept: dict[TakeKey, None] = {}
        self.stopped_accounts: dict[str, Recorded] = {}
        self.echoes: dict[tuple[str, Kind], Echo] = {}
        self.refusals = Refusals()
        for each in recorded:
            self.apply(each)

    def apply(self, recorded: Recorded) -> None:
        """Take in the next fact; positions only grow."""
        assert recorded.position > self.position, "facts are applied once, in order"
        self.position = recorded.position
        fact = recorded.fact
        if isinstance(fact, TakePicked | TakeWanted | TakeRejected | StepApproved):
            self.word = self.spoken[fact.plan, fact.chain] = recorded.position
        match fact:
            case RunBegan():
                self._plans[fact.plan] = fact
                if self.began is None or getattr(self.began.fact, "run", None) != fact.run:
                    self.began = recorded
            case ChainStopped():
                self.stops[fact.plan, fact.chain] = fact
                self.stopped_at[fact.plan, fact.chain] = recorded.position
            case TakePicked():
                self.picks[fact.plan, fact.chain, fact.step] = fact.take_number
                self.rejected.discard((fact.plan, fact.chain, fact.step, fact.take_number))
            case TakeWanted():
                self.wanted[fact.plan, fact.chain, fact.step] = fact.takes
            case TakeRejected():
                self.rejected.add((fact.plan, fact.chain, fact.step, fact.take_number))
                self._unpick(fact)
            case DriftMeasured():
                self._drifts[fact.take] = fact
            case StepApproved():
                self.approved.add((fact.plan, fact.chain, fact.step))
            case _:
                self._apply_to_take(recorded.position, fact)

    def take(self, key: TakeKey) -> Take:
        """What is known of that take; an empty one when nothing is."""
        return self.takes.get(key) or Take(key)

    def video(self, key: TakeKey) -> Video | None:
        """The video of that take, if there is one."""
        return self.take(key).video

    def take_of(self, account: str, video_id: str) -> TakeKey | None:
        """The take that made, or adopted, the video of that id."""
        found = (take.video for take in self.takes.values() if take.video is not None)
        return next(
            (each.take for each in found if (each.account, each.video_id) == (account, video_id)), None
        )

    def account_of(self, key: TakeKey) -> str | None:
        """The account under which the take is, or was, made."""
        take = self.take(key)
        if take.video is not None:
            return take.video.account
        return take.attempts[0].begun.account if take.attempts else None

    def sort_of(self, begun: AttemptBegun) -> Sort:
        """What an attempt is compared with; the model of an extension is that of its source."""
        parent = self.video(begun.parent) if begun.parent else None
        return begun.account, begun.kind, begun.model_name or (parent.model_name if parent else None)

    def usual(self, account: str, kind: Kind) -> Seconds:
        """The newest task times of a kind: of the model that most is known of, the newest of equals."""
        sorts = (each for each in reversed(self._durations) if each[:2] == (account, kind))
        return max((self.durations[each] for each in sorts), key=len, default=())

    def named(self, text: str) -> tuple[TakeKey, ...]:
        """The takes with this key, task id or video id, else those with one that begins so; no short ones."""
        ids = [(each, key) for key, take in self.takes.items() for each in _ids(take)]
        exactly = dict.fromkeys(key for each, key in ids if each == text)
        if exactly or len(text) < LEAST:
            return tuple(exactly)
        return tuple(dict.fromkeys(key for each, key in ids if each.startswith(text)))

    def begun_at(self, place: str) -> tuple[TakeKey, ...]:
        """The takes whose newest attempt was begun at this place, written with or without its plan."""
        begun = ((key, take.last.begun) for key, take in self.takes.items() if take.last)
        return tuple(key for key, each in begun if place in (each.place, each.place.partition(":")[2]))

    def begun_for(self, plan: str, chain: str) -> Sequence[AttemptBegun]:
        """Everything that was ever begun for a chain, in order."""
        return self._begun.get((plan, chain), ())

    def made_for(self, plan: str) -> int:
        """How many videos were first begun for a plan of that name."""
        return sum(take.made_for(plan) for take in self.takes.values())

    def plans_from(self, signs: Set[str]) -> Collection[str]:  # noqa: ARG002 - asked of those that can tell
        """Plans that may have a chain which begins with what is known by these signs (`planner.origins`)."""
        return self.plans

    def plans_with(self, chain: str) -> Collection[str]:  # noqa: ARG002 - asked of those that can tell
        """Plans that may have a chain of that name."""
        return self.plans

    def settled(self, plan: str) -> Sequence[ChainStopped] | None:  # noqa: ARG002 - asked of those that can tell
        """How the chains of a plan were left, if that is known to be how they all stand without its text."""
        return None

    def root(self, key: TakeKey) -> TakeKey:
        """The take that this one's line begins with; itself where it continues none."""
        while (parent := self.take(key).parent) is not None:
            key = parent
        return key

    def path(self, key: TakeKey) -> tuple[Video, ...]:
        """The videos from the root to this one, in order of their making."""
        found: list[Video] = []
        video = self.video(key)
        while video is not None:
            found.append(video)
            video = self.video(video.parent) if video.parent else None
        return tuple(reversed(found))

    def begins(self, key: TakeKey) -> Decimal | None:
        """Where in the whole film the seconds of its own begin; None while that is not known."""
        take = self.take(key)
        if take.video is not None and take.video.by_frame:
            return take.video.before
        parent = self.video(take.parent) if take.parent else None
        return parent.film if parent else None if take.parent else Decimal(0)

    def segment(self, video: Video) -> TakeKey:
        """The first video of those that extend one another up to this one."""
        while not video.by_frame and video.parent and (parent := self.video(video.parent)):
            video = parent
        return video.take

    def refusal(self, video: Video) -> AttemptDeclined | None:
        """What the provider said when it refused to extend this video, or others of its kind."""
        return self.refusals.of(self.segment(video), video) if self.refusals.any else None

    def videos(self) -> tuple[Video, ...]:
        """Every video, parents before children."""
        return tuple(take.video for take in self.takes.values() if take.video)

    def in_the_air(self, account: str, now: datetime) -> int:
        """How many attempts of the account may be running and so hold a slot at `now`."""
        unclear = (attempt for key in self.unclear for attempt in self.takes[key].open)
        return self.flying.get(account, 0) + sum(
            attempt.begun.account == account and attempt.loosely and attempt.holds_slot(now)
            for attempt in unclear
        )

    def _unpick(self, fact: TakeRejected) -> None:
        # The last word counts: who rejects the take that was picked has to pick again.
        wish = fact.plan, fact.chain, fact.step
        if self.picks.get(wish) == fact.take_number:
            del self.picks[wish]
        self.approved.discard(wish)  # what comes in its place was not looked at

    def _apply_to_take(self, position: int, fact: AttemptFact | VideoFact | TakeRetried) -> None:
        known, before = fact.take in self.takes, self.take(fact.take)
        take = take_after(before, position, fact)
        if isinstance(fact, TaskSucceeded | VideoAdopted) and take.video and take.video.parent:
            parent = self.video(take.video.parent)
            take = replace(take, video=grown(take.video, parent)) if parent else take
        self._takes[take.key] = take
        if not known:
            self._link(take)
        self._count(before, -1)
        self._count(take, 1)
        _keep_in(self.open, take.key, bool(take.open))
        _keep_in(self.unclear, take.key, any(each.loosely for each in take.open))
        _keep_in(self.unkept, take.key, take.video is not None and take.video.wants_keeping)
        self._learn(Recorded(position, fact), take)

    def _count(self, take: Take, times: int) -> None:
        for each in take.open:
            if not each.loosely:
                account = each.begun.account
                self.flying[account] = self.flying.get(account, 0) + times

    def _link(self, take: Take) -> None:
        if take.attempts:
            begun = take.attempts[0].begun
            self.steps.setdefault(begun.step, {})[begun.take_number] = take.key
        if take.parent is not None:
            self._children.setdefault(take.parent, []).append(take.key)
        else:
            self.roots.append(take.key)

    def _learn(self, recorded: Recorded, take: Take) -> None:
        match recorded.fact:
            case AttemptBegun() as fact:
                self._begun.setdefault((fact.plan, fact.chain), []).append(fact)
            case TaskAccepted() as fact:
                self._tasks[fact.task_id] = take.key
                self._allow(take)
                self._learn_echo(fact, take)
            case VideoAdopted() as fact:
                self._tasks[fact.task_id] = take.key
            case AttemptResolved(task_id=str(task_id)):
                self._tasks[task_id] = take.key
            case TaskSucceeded() as fact:
                self._tasks[fact.task_id] = take.key
                self._learn_success(fact, take)
            case AttemptDeclined(reason=Reason.CREDENTIALS | Reason.PAYMENT):
                self.stopped_accounts[take.attempts[0].begun.account] = recorded
            case AttemptDeclined() as fact if refuses_source(fact):
                if (parent := self._extended(take)) is not None:
                    self.refusals.refuse(self.segment(parent), parent, fact)
            case TakeRetried():
                self.retried = recorded.position
                self._allow(take)

    def _extended(self, take: Take) -> Video | None:
        """The video that the take would extend."""
        begun = take.attempts[0].begun if take.attempts else None
        return self.video(begun.parent) if begun and begun.parent and begun.kind is Kind.EXTEND else None

    def _allow(self, take: Take) -> None:
        if (parent := self._extended(take)) is not None:
            self.refusals.allow(self.segment(parent), parent)

    def _learn_echo(self, fact: TaskAccepted | TaskSucceeded, take: Take) -> None:
        begun = take.attempts[fact.number - 1].begun
        if fact.echoed and begun.external_id is not None:
            self.echoes[begun.account, begun.kind] = Echo(begun.external_id, fact.task_id)

    def _learn_success(self, fact: TaskSucceeded, take: Take) -> None:
        begun = take.attempts[0].begun
        self._learn_echo(fact, take)
        if fact.ended_at is not None:
            sort = self.sort_of(begun)
            seconds = (fact.ended_at - fact.created_at).total_seconds()
            self._durations[sort] = remembered(self._durations.pop(sort, ()), seconds)
        parent = self.video(begun.parent) if begun.parent else None
        if begun.kind is Kind.EXTEND and parent and parent.length and fact.duration:
            gained = fact.duration - parent.length
            self._increments.setdefault((begun.account, parent.model_name), []).append(gained)


def grown(video: Video, parent: Video) -> Video:
    """With what it has of its parent, as far as that is known by then."""
    if video.by_frame:
        return replace(video, before=parent.before + _shown(parent, video.frame_at))
    if video.model_name is not None:
        return replace(video, before=parent.before)
    # Model and mode of an extension are those of its source (protocol page, §2).
    return replace(video, before=parent.before, model_name=parent.model_name, mode=parent.mode)


def _shown(parent: Video, frame_at: Decimal | None) -> Decimal:
    """The seconds of a segment that are seen before the frame another one goes on from."""
    length = parent.length or Decimal(0)
    if parent.kept is None or frame_at is None:
        return length
    # The provider's word on the length is rounded; what is left out at the end is read from the file.
    return max(Decimal(0), length - (parent.kept.seconds - frame_at)).quantize(Decimal("0.001"))


def _keep_in(those: dict[TakeKey, None], key: TakeKey, wanted: bool) -> None:
    if wanted:
        those[key] = None
    else:
        those.pop(key, None)


def _ids(take: Take) -> set[str]:
    tasks = {attempt.task_id for attempt in take.attempts if attempt.task_id}
    video = {take.video.task_id, take.video.video_id} if take.video else set()
    return {take.key, *tasks, *video}

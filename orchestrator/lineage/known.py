"""What can be asked of a lineage, whether it was replayed or loads what it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.facts import AttemptBegun, AttemptDeclined, ChainStopped, DriftMeasured, Recorded, RunBegan
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage.refusals import Refusals
from orchestrator.lineage.takes import Take, Video
from orchestrator.plan import Kind
from orchestrator.watching import Seconds

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


class Known:
    """The questions; whoever answers them fills what they are asked of.

    Whoever asks sees mappings that cannot be written to: a lineage may as well load what it is asked for.
    """

    position: int
    word: int
    """Where in the journal a person last spoke of a step."""
    spoken: dict[tuple[str, str], int]
    """The same, by plan and chain."""
    retried: int
    """Where a person last wanted any take tried again."""
    takes: Mapping[TakeKey, Take]
    children: Mapping[TakeKey, Sequence[TakeKey]]
    roots: list[TakeKey]
    steps: dict[StepKey, dict[int, TakeKey]]
    tasks: Mapping[str, TakeKey]
    durations: Mapping[Sort, Seconds]
    """The newest task times, of those who were heard of last at the end."""
    increments: Mapping[tuple[str, str | None], Sequence[Decimal]]
    picks: dict[Wish, int]
    rejected: set[tuple[str, str, StepKey, int]]
    wanted: dict[Wish, int]
    approved: set[Wish]
    began: Recorded | None
    """The first `RunBegan` of the newest run."""
    plans: Mapping[str, RunBegan]
    stops: dict[tuple[str, str], ChainStopped]
    stopped_at: dict[tuple[str, str], int]
    drifts: Mapping[TakeKey, DriftMeasured]
    open: dict[TakeKey, None]
    unclear: dict[TakeKey, None]
    flying: dict[str, int]
    """Open attempts by account that hold a slot however long it takes."""
    unkept: dict[TakeKey, None]
    stopped_accounts: dict[str, Recorded]
    echoes: dict[tuple[str, Kind], Echo]
    refusals: Refusals

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
        sorts = (each for each in reversed(tuple(self.durations)) if each[:2] == (account, kind))
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

    def made_for(self, plan: str) -> int:
        """How many videos were first begun for a plan of that name."""
        return sum(take.made_for(plan) for take in self.takes.values())

    def doubtful(self, before: datetime) -> Collection[TakeKey]:  # noqa: ARG002 - asked of those that can tell
        """Open takes that a person may have to decide about: all but those surely running since `before`."""
        return self.open

    @property
    def under_way(self) -> Collection[tuple[str, str]]:
        """By plan and chain, what something that is open was begun for."""
        open_ = (attempt.begun for key in self.open for attempt in self.take(key).open)
        return frozenset((begun.plan, begun.chain) for begun in open_)

    def plans_from(self, signs: Set[str]) -> Mapping[str, Collection[str]]:  # noqa: ARG002 - asked of those that can tell
        """Plans that may have chains which begin with what is known by these signs (`planner.origins`).

        Each with those chains, or with none where that is not known.
        """
        return dict.fromkeys(self.plans, ())

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


def _ids(take: Take) -> set[str]:
    tasks = {attempt.task_id for attempt in take.attempts if attempt.task_id}
    video = {take.video.task_id, take.video.video_id} if take.video else set()
    return {take.key, *tasks, *video}

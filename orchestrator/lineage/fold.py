"""The graph of videos the facts add up to: rebuilt from the journal, never repaired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
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
from orchestrator.identity import TakeKey
from orchestrator.lineage.known import Echo, Known, Sort
from orchestrator.lineage.refusals import Refusals, refuses_source
from orchestrator.lineage.takes import Attempt, Take, Video, take_after
from orchestrator.plan import Kind
from orchestrator.watching import Seconds, remembered


class Lineage(Known):
    """What is known after the facts applied so far, in order; equal facts give an equal lineage."""

    def __init__(self, recorded: Iterable[Recorded] = ()) -> None:
        self.position = self.word = self.retried = 0
        self.spoken = {}
        self._takes: dict[TakeKey, Take] = {}
        self._children: dict[TakeKey, list[TakeKey]] = {}
        self._begun: dict[tuple[str, str], list[AttemptBegun]] = {}
        self._durations: dict[Sort, Seconds] = {}
        self._increments: dict[tuple[str, str | None], list[Decimal]] = {}
        self._tasks: dict[str, TakeKey] = {}
        self._plans: dict[str, RunBegan] = {}
        self._drifts: dict[TakeKey, DriftMeasured] = {}
        self.takes, self.children, self.tasks = self._takes, self._children, self._tasks
        self.durations, self.increments = self._durations, self._increments
        self.plans, self.drifts = self._plans, self._drifts
        self.roots, self.steps = [], {}
        self.picks, self.rejected, self.wanted, self.approved = {}, set(), {}, set()
        self.began = None
        self.stops, self.stopped_at = {}, {}
        self.open, self.unclear, self.flying, self.unkept = {}, {}, {}, {}
        self.stopped_accounts, self.echoes, self.refusals = {}, {}, Refusals()
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

    def begun_for(self, plan: str, chain: str) -> Sequence[AttemptBegun]:
        """Everything that was ever begun for a chain, in order."""
        return self._begun.get((plan, chain), ())

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
        flying = take.open
        self._count(before.open, -1)
        self._count(flying, 1)
        _keep_in(self.open, take.key, bool(flying))
        _keep_in(self.unclear, take.key, any(each.loosely for each in flying))
        _keep_in(self.unkept, take.key, take.video is not None and take.video.wants_keeping)
        self._learn(Recorded(position, fact), take)

    def _count(self, flying: tuple[Attempt, ...], times: int) -> None:
        for each in flying:
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
    if video.model_name is None:
        # Model and mode of an extension are those of its source (protocol page, §2).
        return replace(video, before=parent.before, model_name=parent.model_name, mode=parent.mode)
    return replace(video, before=parent.before) if video.before != parent.before else video


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

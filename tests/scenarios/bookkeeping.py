"""Reads a journal as a suspicious bookkeeper would, and judges every intent by the promises.

Bookkeeping of its own, from the facts alone: nothing of the lineage, the budget or the planner is
asked, so that a mistake there is seen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptResolved,
    AttemptUnclear,
    Fact,
    Reason,
    Recorded,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TaskAccepted,
    TaskFailed,
    TaskSucceeded,
    Verdict,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import CAP, SOURCE_STEP, Branch, Chain, Generation, Kind, Limits, Plan, Step

FREE_WHEN_FAILED = {"sandbox", "kling"}


class State(Enum):
    """What became of the money of one attempt."""

    SENT = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    DECLINED = auto()
    ABANDONED = auto()


@dataclass
class Line:
    """One attempt in the book."""

    begun: AttemptBegun
    state: State = State.SENT
    task: str | None = None
    reason: Reason | None = None
    units: Decimal | None = None
    slot_until: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state in (State.SENT, State.RUNNING)

    @property
    def calls(self) -> int:
        return int(self.state is not State.DECLINED)

    @property
    def spent(self) -> Decimal | None:
        """Units, as far as the provider has said them."""
        refunded = self.state is State.FAILED and self.begun.account in FREE_WHEN_FAILED
        if refunded or self.state is State.DECLINED:
            return Decimal(0)
        return self.begun.units if self.units is None else self.units

    def holds_slot(self, at: datetime) -> bool:
        forgotten = self.state is State.SENT and self.slot_until is not None and at >= self.slot_until
        return self.open and not forgotten


@dataclass(frozen=True)
class Agreement:
    """What one run was told: its plans, and the limits given to it alone."""

    plans: Mapping[str, Plan]
    limits: Limits


@dataclass
class Film:
    """A video as the facts tell it."""

    task: str
    video: str
    length: Decimal | None
    created: datetime | None


@dataclass
class Book:
    """The journal read so far. `agreed` says by run what was wanted when it began an attempt."""

    agreed: Mapping[str, Agreement]
    lines: dict[tuple[TakeKey, int], Line] = field(default_factory=dict)
    films: dict[TakeKey, Film] = field(default_factory=dict)
    owners: dict[str, Line] = field(default_factory=dict)
    retried: set[TakeKey] = field(default_factory=set)
    failures: dict[TakeKey, int] = field(default_factory=dict)
    picks: dict[tuple[str, str, StepKey], int] = field(default_factory=dict)
    rejected: set[tuple[str, str, StepKey, int]] = field(default_factory=set)

    def read(self, recorded: Iterable[Recorded]) -> Book:
        """Judge each fact by those before it, then take it in."""
        for each in recorded:
            self._enter(each.fact)
        return self

    def of(self, take: TakeKey) -> list[Line]:
        return [line for (key, _), line in self.lines.items() if key == take]

    def _enter(self, fact: Fact) -> None:
        match fact:
            case AttemptBegun():
                self._judge(fact)
                self.lines[fact.take, fact.number] = Line(fact)
                self.retried.discard(fact.take)
            case TakeRetried():
                self.retried.add(fact.take)
                self.failures.pop(fact.take, None)
            case TakePicked():
                self.picks[fact.plan, fact.chain, fact.step] = fact.take_number
                self.rejected.discard((fact.plan, fact.chain, fact.step, fact.take_number))
            case TakeRejected():
                self.rejected.add((fact.plan, fact.chain, fact.step, fact.take_number))
                if self.picks.get((fact.plan, fact.chain, fact.step)) == fact.take_number:
                    del self.picks[fact.plan, fact.chain, fact.step]
            case VideoAdopted():
                self.films[fact.take] = Film(fact.task_id, fact.video_id, fact.duration, fact.created_at)
            case VideoKept():
                film = self.films[fact.take]
                film.length = fact.seconds if film.length is None else film.length
            case AttemptUnclear() | AttemptDeclined() | AttemptResolved():
                self._settle(fact, self.lines[fact.take, fact.number])
            case TaskAccepted() | TaskSucceeded() | TaskFailed():
                self._hear(fact, self.lines[fact.take, fact.number])

    def _settle(self, fact: AttemptUnclear | AttemptDeclined | AttemptResolved, line: Line) -> None:
        match fact:
            case AttemptUnclear():
                line.slot_until = fact.slot_until
            case AttemptDeclined():
                assert line.task is None, f"{line.begun.place} has a task and is called declined"
                line.state, line.reason = State.DECLINED, fact.reason
                self.retried.discard(fact.take)
            case AttemptResolved(verdict=Verdict.TASK, task_id=str(task)):
                self._own(task, line)
                line.state = State.RUNNING
            case AttemptResolved(verdict=Verdict.NOT_SUBMITTED):
                assert line.task is None, f"{line.begun.place} has a task, and a person did not see it"
                line.state = State.DECLINED
            case AttemptResolved():
                line.state = State.ABANDONED

    def _hear(self, fact: TaskAccepted | TaskSucceeded | TaskFailed, line: Line) -> None:
        self._own(fact.task_id, line)
        match fact:
            case TaskAccepted() if line.state is State.SENT:
                line.state = State.RUNNING
            case TaskFailed():
                line.state, line.reason = State.FAILED, fact.reason
                self.failures[fact.take] = self.failures.get(fact.take, 0) + 1
                self.retried.discard(fact.take)
            case TaskSucceeded():
                line.state, line.units = State.SUCCEEDED, fact.units
                self._grown(fact, line)

    def _own(self, task: str, line: Line) -> None:
        """A task belongs to one attempt for ever, and an attempt has one task."""
        assert line.task in (None, task), f"{line.begun.place} had task {line.task} and now {task}"
        assert self.owners.setdefault(task, line) is line, f"task {task} is said to be of two attempts"
        line.task = task

    def _grown(self, fact: TaskSucceeded, line: Line) -> None:
        self.films[fact.take] = Film(fact.task_id, fact.video_id, fact.duration, fact.created_at)
        assert fact.duration is not None
        assert fact.duration <= CAP, f"{line.begun.place} is {fact.duration} s long"
        if line.begun.kind is not Kind.EXTEND:
            return
        assert line.begun.parent is not None
        before = self.films[line.begun.parent].length
        assert before is not None
        assert fact.duration > before, f"{line.begun.place} is no longer than what it extends"

    # ---- judging an intent

    def _judge(self, begun: AttemptBegun) -> None:
        plan = self.agreed[begun.run].plans[begun.plan]
        chain = plan.chain(begun.chain)
        step = step_of(chain, begun)
        self._judge_again(begun, step)
        self._judge_money(begun, plan, chain)
        airborne = sum(line.holds_slot(begun.at) for line in self.lines.values())
        assert airborne < plan.provider.concurrency, f"{begun.place} begins without a slot"
        assert begun.prompt in step.prompts, f"{begun.place} sends what nobody wrote"
        if begun.kind is Kind.EXTEND:
            self._judge_parent(begun, chain)

    def _judge_again(self, begun: AttemptBegun, step: Step) -> None:
        """Never while an attempt may still be running, never for what exists, never more than allowed."""
        earlier = self.of(begun.take)
        name = f"{begun.place}, attempt {begun.number},"
        assert begun.number == len(earlier) + 1, f"{name} is numbered out of turn"
        assert not any(line.open for line in earlier), f"{name} begins beside an open one"
        assert begun.take not in self.films, f"{name} makes what exists"
        assert self.failures.get(begun.take, 0) < step.attempts, f"{name} is one more than allowed"
        refused = bool(earlier) and earlier[-1].reason is Reason.MODERATION
        assert not refused or begun.take in self.retried, f"{name} sends again what moderation refused"

    def _judge_money(self, begun: AttemptBegun, plan: Plan, chain: Chain) -> None:
        """Spent and reserved, this call included, within every limit in force."""
        own = [line for line in self.lines.values() if line.begun.plan == begun.plan]
        run = [line for line in self.lines.values() if line.begun.run == begun.run]
        for limits, lines in (
            (plan.budget, own),
            (chain.budget, [line for line in own if line.begun.chain == chain.name]),
            (self.agreed[begun.run].limits, run),
        ):
            calls = sum(line.calls for line in lines) + 1
            assert limits.calls is None or calls <= limits.calls, f"{begun.place} is call {calls}"
            if limits.units is not None:
                amounts = [begun.units, *(line.spent for line in lines)]
                units = sum(amount for amount in amounts if amount is not None)
                assert None not in amounts, f"{begun.place} begins though nobody knows its price"
                assert units <= limits.units, f"{begun.place} makes it {units} units"

    def _judge_parent(self, begun: AttemptBegun, chain: Chain) -> None:
        assert begun.parent is not None
        film = self.films[begun.parent]
        assert (begun.parent_task, begun.parent_video) == (film.task, film.video)
        assert film.length is not None, f"{begun.place} extends a video of unknown length"
        assert film.length < chain.goal, f"{begun.place} goes on though {chain.goal} s are reached"
        assert film.length + 5 <= CAP, f"{begun.place} could pass the cap"
        assert film.created is None or begun.at < film.created + timedelta(days=30)
        above = self.of(begun.parent)
        if above and not isinstance(chain.source, Branch):
            made = above[0].begun
            picked = self.picks.get((begun.plan, begun.chain, made.step), made.take_number)
            assert picked == made.take_number, f"{begun.place} grows out of take {made.take_number}"
            rejected = (begun.plan, begun.chain, made.step, made.take_number) in self.rejected
            assert not rejected, f"{begun.place} grows out of a take that was rejected"


def step_of(chain: Chain, begun: AttemptBegun) -> Step:
    """The step as it was written when the attempt was begun."""
    wanted = begun.place.split(":", 1)[1].rpartition(".")[2].split("@")[0].split("#")[0]
    if wanted == SOURCE_STEP:
        assert isinstance(chain.source, Generation)
        return chain.source.step
    return next(step for step in chain.steps if step.id == wanted)

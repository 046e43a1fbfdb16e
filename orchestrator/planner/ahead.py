"""Walks one chain on from what exists to its end, with the least and the most gain of each step at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import count

from orchestrator.budget import units_of
from orchestrator.identity import TakeKey, existing_key, generation_key, step_key, take_key
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import (
    CAP,
    FILL,
    LONGEST,
    SHORTEST,
    SOURCE_STEP,
    Branch,
    Existing,
    Generation,
    Kind,
    Pick,
    Plan,
    Step,
)
from orchestrator.planner.actions import Finish, Hold, Need, Place, Reconcile, Submit, Wait, Watch
from orchestrator.planner.forecast import Bill, ChainForecast, Fate, Range
from orchestrator.planner.picking import wanted_takes
from orchestrator.planner.tallying import Tally
from orchestrator.planner.views import ChainView, StepView, TakeView

_UNKNOWN = Range(Decimal(5), CAP)
"""A length that nobody has said yet: no video of this API is shorter than 5 s or longer than the cap."""

_NOTHING = Range(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Front:
    """How far a chain is walked: the video there, its length, the seconds until it exists.

    `gate` is the word of a person that everything beyond waits for.
    """

    key: TakeKey
    length: Range[Decimal]
    ready: Range[float] = _NOTHING
    gate: str | None = None


@dataclass(slots=True)
class Shared:
    """What the walks of a plan's chains have in common: keys counted once, and where branches begin."""

    plan: Plan
    lineage: Lineage
    now: datetime
    durations: Mapping[Kind, Range[float]]
    counted: dict[TakeKey, Place] = field(default_factory=dict)
    ready: dict[TakeKey, Range[float]] = field(default_factory=dict)
    fronts: dict[tuple[str, str | None, int | None], Front] = field(default_factory=dict)
    models: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    work: Range[float] = _NOTHING

    def price(self, kind: Kind, model: str | None, mode: str | None, duration: str | None = None) -> Bill:
        """What one call comes to."""
        return Bill(1, units_of(kind, model, mode, duration), self.plan.prices.of(kind))


def walk(shared: Shared, view: ChainView) -> ChainForecast:
    """The chain's forecast; the chain it grows out of was walked before."""
    return _Ahead(shared, view).walked()


class _Ahead:
    def __init__(self, shared: Shared, view: ChainView) -> None:
        self.shared = shared
        self.view = view
        self.chain = view.chain
        self.left = list(view.steps)
        self.tallies: list[Tally] = []
        self.front: Front | None = None
        self.ended: tuple[Fate, str] | None = None
        self.seconds = _NOTHING
        self.model, self.mode = self._model()
        shared.models[self.chain.name] = self.model, self.mode

    def walked(self) -> ChainForecast:
        self._source()
        start = self.front
        for step in self.chain.steps:
            tally = self._tally(step)
            for repeat in count(1):
                if step.repeat != FILL and repeat > step.repeat:
                    break
                if self.left:
                    self._reached(tally, step, self.left.pop(0))
                elif self._reaches(tally, step):
                    self._imagine(tally, step)
                else:
                    break
            self._remember(step.id)
        self._remember(None)
        return ChainForecast(
            view=self.view,
            steps=tuple(tally.forecast() for tally in self.tallies),
            length=self._length(start),
            seconds=self.seconds,
            gate=self.front.gate if self.front else None,
        )

    # ---- where the chain starts

    def _source(self) -> None:
        source = self.chain.source
        if isinstance(source, Generation):
            tally = self._tally(source.step)
            if self.left:
                self._reached(tally, source.step, self.left.pop(0))
        elif self.view.source is not None:
            self.front = Front(self.view.source.take, self._known_length(self.view.source))
        elif isinstance(source, Existing):
            length = _UNKNOWN if source.duration is None else Range(source.duration, source.duration)
            self.front = Front(existing_key(self.shared.plan.provider.account, source), length)
        else:
            self.front = self.shared.fronts.get((source.chain, source.step, source.take))
            if self.front is None:
                self.ended = Fate.BLOCKED, self.view.standing[1]
        self._remember(SOURCE_STEP)

    def _model(self) -> tuple[str | None, str | None]:
        """Model and mode of an extension are those of its source (protocol page, §2)."""
        match self.view.source or self.chain.source:
            case Branch(chain=chain):
                return self.shared.models[chain]
            case source:
                return source.model_name, source.mode

    # ---- steps that the planner has reached

    def _reached(self, tally: Tally, step: Step, view: StepView) -> None:
        before = self.front
        ready = self._tend(tally, step, view)
        if view.picked is not None and view.picked.video is not None:
            gate = before.gate if before else None
            self.front = Front(view.picked.key, self._known_length(view.picked.video), gate=gate)
        elif ready is not None:
            self._go_on(tally, step, view.wish, ready)
        else:
            self._stuck(tally, step, view)
        for take in view.takes:
            if take.video is not None:
                name = (self.chain.name, step.id, take.number)
                self.shared.fronts[name] = Front(take.key, self._known_length(take.video))

    def _tend(self, tally: Tally, step: Step, view: StepView) -> Range[float] | None:
        """Count the takes; the seconds until the last of them is made, None when none is being made."""
        times = [self._take(tally, step, take) for take in view.takes if not take.rejected]
        alive = [each for each in times if each is not None]
        if not alive:
            return None
        ready = Range(max(each.low for each in alive), max(each.high for each in alive))
        self._lasts(ready)
        return ready

    def _take(self, tally: Tally, step: Step, take: TakeView) -> Range[float] | None:
        if take.video is not None:
            tally.exists()
            return None
        tries = step.attempts * len(step.prompts)
        match take.next:
            case Submit() as submit:
                return self._submit(tally, submit, tries)
            case Watch(attempt=attempt):
                price = Bill(1, attempt.begun.units, attempt.begun.cost)
                tally.runs("in the air", Bill(), price.times(tries - 1))
                age = (self.shared.now - (attempt.tasked_at or attempt.begun.at)).total_seconds()
                usual = self.shared.durations[attempt.begun.kind]
                # One that is late already may still take as long as the spread of such tasks.
                spread = usual.high - usual.low
                return Range(max(0.0, usual.low - age), max(spread, usual.high - age))
            case Reconcile(begun=begun, because=because):
                price = Bill(1, begun.units, begun.cost)
                tally.runs(because, price, price.times(tries))
                return Range(0.0, self.shared.durations[begun.kind].high)
            case Hold(because=because):
                tally.note(Fate.BLOCKED, because)
            case Finish(because=because):
                tally.note(Fate.LEFT, because)
        return None

    def _submit(self, tally: Tally, submit: Submit, tries: int) -> Range[float]:
        other = self.shared.counted.get(submit.take)
        if other is not None:
            tally.is_shared(other)
            return self.shared.ready[submit.take]
        self.shared.counted[submit.take] = submit.place
        price = Bill(1, submit.units, submit.cost)
        tally.calls(Fate.NEW, submit.because, price, price, tries)
        took = self.shared.durations[submit.kind]
        self.shared.ready[submit.take] = took
        self.shared.work = self.shared.work.plus(took)
        return took

    def _stuck(self, tally: Tally, step: Step, view: StepView) -> None:
        """Nothing is being made of this step: a person is waited for, or it came to its end."""
        where = (view.place.step, view.place.repeat)
        here = [
            each
            for each in self.view.next
            if isinstance(each, Hold) and each.place and (each.place.step, each.place.repeat) == where
        ]
        usable = [take.video for take in view.takes if take.video is not None and not take.rejected]
        if here and here[0].need in (Need.PICK, Need.REVIEW) and usable:
            tally.note(Fate.BLOCKED, here[0].because)
            lengths = [self._known_length(video) for video in usable]
            span = Range(min(each.low for each in lengths), max(each.high for each in lengths))
            gate = f"{'a pick' if here[0].need is Need.PICK else 'an approval'} of {view.place}"
            self.front = Front(self._chosen(step, view.wish), span, gate=gate)
            return
        fate = Fate.BLOCKED if here else Fate.LEFT
        self.ended = fate, here[0].because if here else self.view.standing[1]
        self.front = None

    # ---- steps that nobody has reached yet

    def _reaches(self, tally: Tally, step: Step) -> bool:
        """Whether the longest possible line gets as far as one more of this step."""
        if self.ended is None:
            self._end_by_view()
        if self.ended is None:
            self._end_by_length()
        if self.ended is None:
            return True
        if step.repeat != FILL or not tally.begun:
            tally.note(*self.ended)
        return False

    def _end_by_view(self) -> None:
        """What the planner says of a chain whose reached steps are all made."""
        if self.view.tip is None or self.front is None or self.front.key != self.view.tip.take:
            return
        match self.view.next[:1]:
            case (Finish(because=because),):
                self.ended = Fate.LEFT, because
            case (Hold(because=because),):
                self.ended = Fate.BLOCKED, because
            case (Wait(),):
                pass  # its length is read from the file first; until then it is a range

    def _end_by_length(self) -> None:
        assert self.front is not None, "a chain without a front has ended"
        least, goal = self.front.length.low, self.chain.goal
        if least >= goal:
            self.ended = Fate.LEFT, f"not needed: {goal} s are reached before"
        elif least + LONGEST > CAP:
            self.ended = Fate.LEFT, f"left over by the cap of {CAP} s"

    def _imagine(self, tally: Tally, step: Step) -> None:
        front = self.front
        assert front is not None
        wish = step_key(front.key, Kind.EXTEND, step, step.prompt)
        wanted = wanted_takes(step, self.shared.lineage, (self.view.plan, self.chain.name, wish))
        certain = front.length.high < self.chain.goal and front.length.high + LONGEST <= CAP
        fresh = []
        for number in range(1, wanted + 1):
            key = take_key(wish, number)
            if key in self.shared.counted:
                tally.is_shared(self.shared.counted[key])
            elif self.shared.lineage.video(key) is not None:
                tally.exists()
            else:
                self.shared.counted[key] = tally.place
                fresh.append(key)
        took = self.shared.durations[Kind.EXTEND] if fresh else _NOTHING
        self._count(tally, step, len(fresh), certain)
        low = front.ready.low + (took.low if certain else 0)
        self._go_on(tally, step, wish, Range(low, front.ready.high + took.high))

    def _count(self, tally: Tally, step: Step, fresh: int, certain: bool) -> None:
        if fresh == 0:
            return
        assert self.front is not None
        if self.front.gate is not None:
            tally.comes_after(Range(fresh if certain else 0, fresh), f"waits for {self.front.gate}")
            return
        price = self.shared.price(Kind.EXTEND, self.model, self.mode).times(fresh)
        tries = step.attempts * len(step.prompts)
        tally.calls(Fate.LATER, "when the step before is made", price if certain else Bill(), price, tries)
        took = self.shared.durations[Kind.EXTEND]
        sure = took.low * fresh if certain else 0.0
        self.shared.work = self.shared.work.plus(Range(sure, took.high * fresh))

    # ---- going on

    def _go_on(self, tally: Tally, step: Step, wish: str, ready: Range[float]) -> None:
        """The front beyond a step that is to be made, for every take that a branch may begin at."""
        raise AssertionError

    def _tally(self, step: Step) -> Tally:
        tally = Tally(Place(self.view.plan, self.chain.name, step.id), step)
        self.tallies.append(tally)
        return tally

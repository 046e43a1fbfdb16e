"""Walks one chain on from what exists to its end, with the least and the most gain of each step at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count

from orchestrator.identity import StepKey, TakeKey, existing_key, step_key, take_key
from orchestrator.plan import (
    CAP,
    FILL,
    LONGEST,
    SOURCE_STEP,
    Branch,
    Existing,
    Generation,
    Grown,
    Kind,
    Pick,
    Step,
)
from orchestrator.planner.actions import Ending, Finish, Hold, Need, Place, Reconcile, Submit, Watch
from orchestrator.planner.changes import NEW, Asked
from orchestrator.planner.forecast import Bill, ChainForecast, Fate, Range
from orchestrator.planner.fronts import NOTHING, UNKNOWN, Front, Shared, latest
from orchestrator.planner.picking import rule_of, wanted_takes
from orchestrator.planner.tallying import Tally
from orchestrator.planner.views import ChainView, StepView, TakeView


def walk(shared: Shared, view: ChainView) -> Walk:
    """The chain walked; the chain it grows out of was walked before."""
    walked = Walk(shared, view)
    walked.on()
    return walked


class Walk:
    """One chain on the way; what it counted may change while others are walked that share its steps."""

    def __init__(self, shared: Shared, view: ChainView) -> None:
        self.shared = shared
        self.view = view
        self.chain = view.chain
        self.reached = list(view.steps)
        self.tallies: list[Tally] = []
        self.front: Front | None = None
        self.ended: tuple[Fate, str] | None = None
        self.index = -1
        self.more = 0  # steps that this run would make
        self.paused = False
        self.sure = True  # the step comes at all, whatever the lengths before it
        self.seconds = NOTHING
        self.start: Front | None = None

    def on(self) -> None:
        """From what exists to the end of the chain."""
        self.shared.models[self.chain.name] = self._model()
        self._begin()
        self._remember(SOURCE_STEP)
        self.start = self.front
        for index, step in enumerate(self.chain.steps):
            self.index = index
            if self._walk_step(step).times.high:
                self._remember(step.id, doubtful=not self.sure)
        if not self.paused:
            self._remember(None)

    def forecast(self) -> ChainForecast:
        """What was counted; to be asked for when every chain is walked."""
        return ChainForecast(
            view=self.view,
            steps=tuple(tally.forecast() for tally in self.tallies),
            length=self._length(),
            seconds=self.seconds,
            gate=self.front.gate if self.front else None,
        )

    def _walk_step(self, step: Step) -> Tally:
        tally = self._tally(step)
        for repeat in count(1) if step.repeat == FILL else range(1, step.repeat + 1):
            if self.reached:
                self._tend(tally, step, self.reached.pop(0))
            elif self._goes_on(tally, step):
                self._imagine(tally, step, repeat)
            else:
                break
        return tally

    # ---- where the chain starts

    def _begin(self) -> None:
        source = self.chain.source
        if isinstance(source, Generation):
            self._begin_generated(source)
        elif self.view.source is not None:
            self.front = Front(self.view.source.take, self.shared.length(self.view.source))
        elif isinstance(source, Existing):
            length = UNKNOWN if source.duration is None else Range(source.duration, source.duration)
            self.front = Front(existing_key(self.shared.plan.provider.account, source), length)
        elif isinstance(source, Branch):
            self.front = self.shared.fronts.get((source.chain, source.step, source.take))
        if self.front is None and self.ended is None:
            fate = Fate.LEFT if isinstance(self.view.end, Finish) else Fate.BLOCKED
            self.ended = fate, self._bar() or self.view.standing[1]

    def _begin_generated(self, source: Generation) -> None:
        tally = self._tally(source.step)
        if self.reached:
            self._tend(tally, source.step, self.reached.pop(0))
            self._remember(source.step.id)
        else:
            self.ended = Fate.LEFT, self.view.standing[1]
            tally.note(*self.ended)

    def _model(self) -> tuple[str | None, str | None]:
        """Model and mode of an extension are those of its source (protocol page, §2)."""
        source = self.view.source or self.chain.source
        if isinstance(source, Branch):
            return self.shared.models[source.chain]
        return (None, None) if isinstance(source, Grown) else (source.model_name, source.mode)

    # ---- steps that the planner has reached

    def _tend(self, tally: Tally, step: Step, view: StepView) -> None:
        tally.repeats(certain=True)
        self.sure = True
        times = [self._take(tally, take) for take in view.takes if not take.rejected]
        alive = [each for each in times if each is not None]
        if alive:
            self.seconds = latest([self.seconds, *alive])
        if view.picked is not None and view.picked.video is not None:
            self.front = Front(view.picked.key, self.shared.length(view.picked.video))
        elif alive:
            self.more += 1
            self._go_on(step, view.wish, [take.key for take in view.takes], latest(alive))
        else:
            self._stand_still(tally, view)
        last = step.repeat in (FILL, view.place.repeat or 1)
        for take in view.takes:
            if take.video is not None and last:
                name = (self.chain.name, step.id, take.number)
                self.shared.fronts[name] = Front(take.key, self.shared.length(take.video))

    def _take(self, tally: Tally, take: TakeView) -> Range[float] | None:
        """Count a take; the seconds until it is made, None when it is not being made."""
        match take.next:
            case None:
                tally.exists()
            case Submit() as submit:
                return self._submit(tally, submit)
            case Watch(attempt=attempt):
                again = Bill(1, attempt.begun.units, attempt.begun.cost).times(tally.tries - 1)
                tally.runs("in the air", Bill(), again)
                age = (self.shared.now - (attempt.tasked_at or attempt.begun.at)).total_seconds()
                return self.shared.remaining(attempt.begun.kind, age)
            case Reconcile(begun=begun, because=because):
                price = Bill(1, begun.units, begun.cost)
                tally.runs(because, price, price.times(tally.tries))
                return Range(0.0, self.shared.durations[begun.kind].high)
            case Hold(because=because):
                tally.note(Fate.BLOCKED, because)
            case Finish(because=because):
                tally.note(Fate.LEFT, because)
            case _:
                raise AssertionError("nothing else is next for a take")
        return None

    def _submit(self, tally: Tally, submit: Submit) -> Range[float]:
        other = self.shared.taken(submit.take, submit.place, None)
        if other is not None:
            tally.is_shared(other)
            return self.shared.ready[submit.take]
        price = Bill(1, submit.units, submit.cost)
        tally.calls(Fate.NEW, self._why(submit), price, price)
        took = self.shared.durations[submit.kind]
        self.shared.counted[submit.take], self.shared.ready[submit.take] = submit.place, took
        self.shared.toil(took.low, took.high)
        return took

    def _why(self, submit: Submit) -> str:
        """The planner's reason; where that is only that nothing was begun, what changed since."""
        if submit.because != NEW:
            return submit.because
        parent = submit.parent.take if submit.parent else None
        asked = Asked(submit.step, parent, submit.wish, submit.generation)
        return self.shared.past.why(self.chain, submit.place, asked)

    def _stand_still(self, tally: Tally, view: StepView) -> None:
        """Nothing is being made of this step: a person is waited for, or it came to its end."""
        hold = next(
            (each for each in self.view.next if isinstance(each, Hold) and _of(each, view.place)), None
        )
        usable = [take for take in view.takes if take.video is not None and not take.rejected]
        if hold is not None and hold.need in (Need.PICK, Need.REVIEW) and usable:
            tally.note(Fate.BLOCKED, hold.because)
            lengths = [self.shared.length(take.video) for take in usable if take.video is not None]
            span = Range(min(each.low for each in lengths), max(each.high for each in lengths))
            keys = [take.key for take in usable]
            key = hold.take or _chosen(Pick.ASK, view.wish, keys)
            doubtful = self._may_exist_beyond(key, keys)
            self.front = Front(key, span, gate=_gate(hold.need, view.place), doubtful=doubtful)
            return
        self.front = None
        self.ended = (Fate.BLOCKED, hold.because) if hold else (Fate.LEFT, self.view.standing[1])

    # ---- steps that nobody has reached yet

    def _goes_on(self, tally: Tally, step: Step) -> bool:
        """Whether the longest possible line gets as far as one more of this step."""
        if self.ended is None:
            self.ended = self._ended_by_planner() or self._ended_by_length() or self._ended_by_reach()
        if self.ended is not None and not (step.repeat == FILL and tally.begun):
            tally.note(*self.ended)
        return self.ended is None

    def _ended_by_planner(self) -> tuple[Fate, str] | None:
        """What the planner says of a chain whose reached steps are all made."""
        if self.view.tip is None or self.front is None or self.front.key != self.view.tip.take:
            return None
        match self.view.next[:1]:
            case (Finish(ending=ending, because=because),):
                self.paused = ending is Ending.PAUSED
                return Fate.LEFT, because
            case (Hold(because=because),):
                return Fate.BLOCKED, because
        return None  # its length is read from the file first; until then it is a range

    def _ended_by_length(self) -> tuple[Fate, str] | None:
        assert self.front is not None, "a chain without a front has ended"
        goal = self.chain.goal
        if self.front.possible(goal):
            return None
        if self.front.length.low >= goal:
            return Fate.LEFT, f"not needed: {goal} s are reached before"
        return Fate.LEFT, f"left over by the cap of {CAP} s"

    def _ended_by_reach(self) -> tuple[Fate, str] | None:
        bar = self._bar()
        self.paused = bar is not None
        return None if bar is None else (Fate.LEFT, bar)

    def _bar(self) -> str | None:
        return self.shared.reach.bar(self.view.plan, self.chain, self.index, self.more)

    def _imagine(self, tally: Tally, step: Step, repeat: int) -> None:
        self.more += 1
        front = self.front
        assert front is not None
        certain = front.certain(self.chain.goal)
        tally.repeats(certain)
        pays = certain and not front.doubtful
        self.sure = certain if repeat == 1 else self.sure
        wish = step_key(front.key, Kind.EXTEND, step, step.prompt)
        keys = [take_key(wish, number) for number in range(1, self._wanted(step, wish) + 1)]
        took = self.shared.durations[Kind.EXTEND]
        own = Range(front.ready.low + (took.low if pays else 0), front.ready.high + took.high)
        fresh = [key for key in keys if self._is_fresh(tally, key)]
        ready = latest([own if key in fresh else self.shared.ready.get(key, NOTHING) for key in keys])
        for key in fresh:
            self.shared.counted[key], self.shared.ready[key] = tally.place, own
        if fresh and front.gate is not None:
            for key in fresh:
                calls = Range(int(pays), 1)
                tally.comes_after(calls, front.gate)
                self.shared.waiting[key] = tally, calls
        elif fresh:
            price = self.shared.price(Kind.EXTEND, self.shared.models[self.chain.name]).times(len(fresh))
            because = self._why_later(step, wish, repeat)
            tally.calls(Fate.LATER, because, price if pays else Bill(), price)
            self.shared.toil(took.low * len(fresh) if pays else 0.0, took.high * len(fresh))
        if front.gate is None:
            self.seconds = latest([self.seconds, ready])
        self._go_on(step, wish, keys, ready if front.gate is None else front.ready, certain)

    def _why_later(self, step: Step, wish: StepKey, repeat: int) -> str:
        assert self.front is not None
        place = Place(self.view.plan, self.chain.name, step.id, None if step.repeat == 1 else repeat)
        changed = self.shared.past.why(self.chain, place, Asked(wish, self.front.key, step))
        return "once the step before is made" if changed == NEW or self.front.open else changed

    def _is_fresh(self, tally: Tally, key: TakeKey) -> bool:
        assert self.front is not None
        other = self.shared.taken(key, tally.place, self.front.gate)
        if other is not None:
            tally.is_shared(other)
        elif self.shared.lineage.video(key) is not None:
            tally.exists()
        else:
            return True
        return False

    # ---- going on

    def _go_on(
        self, step: Step, wish: StepKey, keys: Sequence[TakeKey], ready: Range[float], certain: bool = True
    ) -> None:
        """Beyond a step that is made or will be, or may be; any of its takes may have a branch."""
        if self.front is None:
            seconds = _generated(self.chain.source)
            length, gate, doubtful = Range(seconds, seconds), None, False
        else:
            length = self.front.grown(self.chain.goal)
            gate, doubtful = self.front.gate, self.front.doubtful
        if (self.chain.name, step.id) in self.shared.branched:
            for number, take in enumerate(keys, 1):
                front = Front(take, length, ready, gate, doubtful or not self.sure)
                self.shared.fronts[self.chain.name, step.id, number] = front
        rule = rule_of(step, self.shared.lineage, (self.view.plan, self.chain.name, wish))
        key, asked = _chosen(rule, wish, keys), self._asks(step, wish, rule if len(keys) > 1 else None)
        doubtful = doubtful or self._may_exist_beyond(key, keys) or (asked is not None and not certain)
        # A step that may not be wanted at all may not be waited for either.
        gate = gate or (asked if certain else None)
        self.front = Front(key, length, ready, gate, doubtful)

    def _may_exist_beyond(self, chosen: TakeKey, keys: Sequence[TakeKey]) -> bool:
        """Nobody can tell yet which take it will be, and one of them was gone on from before."""
        return chosen not in keys and any(key in self.shared.lineage.children for key in keys)

    def _asks(self, step: Step, wish: StepKey, rule: Pick | int | None) -> str | None:
        """The word of a person that will be waited for after this step; no rule where there is one take."""
        name = (self.view.plan, self.chain.name, wish)
        place = Place(self.view.plan, self.chain.name, step.id)
        if rule is Pick.ASK:
            return _gate(Need.PICK, place)
        if step.review and name not in self.shared.lineage.approved:
            return _gate(Need.REVIEW, place)
        return None

    def _wanted(self, step: Step, wish: StepKey) -> int:
        return wanted_takes(step, self.shared.lineage, (self.view.plan, self.chain.name, wish))

    def _remember(self, step: str | None, doubtful: bool = False) -> None:
        if self.front is not None:
            front = replace(self.front, doubtful=True) if doubtful else self.front
            self.shared.fronts[self.chain.name, step, None] = front

    def _tally(self, step: Step) -> Tally:
        tally = Tally(Place(self.view.plan, self.chain.name, step.id), step)
        self.tallies.append(tally)
        return tally

    def _length(self) -> Range[Decimal] | None:
        """The length at the end; a stop bounds it better than the sum of gains does."""
        now = self.view.length
        if self.front is None or (self.view.tip is not None and self.front.key == self.view.tip.take):
            return None if now is None else Range(now, now)
        if self.start is None or self.start.length == UNKNOWN:
            return None
        low, high, goal = self.front.length.low, self.front.length.high, self.chain.goal
        if not self.front.possible(goal):
            low = max(now or Decimal(0), min(low, goal, CAP - LONGEST))
        if not self.front.certain(goal):
            high = max(high, min(goal + LONGEST, CAP))
        return Range(low, high)


def _of(hold: Hold, place: Place) -> bool:
    return hold.place is not None and (hold.place.step, hold.place.repeat) == (place.step, place.repeat)


def _gate(need: Need, place: Place) -> str:
    return f"{'a pick' if need is Need.PICK else 'an approval'} of {place}"


def _chosen(rule: Pick | int, wish: StepKey, keys: Sequence[TakeKey]) -> TakeKey:
    """The key to go on from; where nobody can tell yet, one of its own for each rule."""
    if len(keys) == 1:
        return keys[0]
    return keys[rule - 1] if isinstance(rule, int) else TakeKey(f"{wish}@{rule}")


def _generated(source: object) -> Decimal:
    assert isinstance(source, Generation), "only a generation begins without a video"
    return Decimal(source.duration or 5)

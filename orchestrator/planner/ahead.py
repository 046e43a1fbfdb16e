"""Walks one chain on from what exists to its end, with the least and the most gain of each step at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from orchestrator.identity import StepKey, TakeKey, step_key, take_key
from orchestrator.plan import FILL, SOURCE_STEP, Branch, Generation, Kind, Pick, Step
from orchestrator.planner.actions import Ending, Finish, Hold, Need, Place
from orchestrator.planner.changes import NEW, Asked
from orchestrator.planner.counting import counted, kind_of
from orchestrator.planner.ends import ended_by_length, final_length
from orchestrator.planner.foreseen import Bill, ChainForecast, Fate, Range
from orchestrator.planner.fronts import NOTHING, Front, Shared, latest
from orchestrator.planner.lines import Line, generated
from orchestrator.planner.picking import awaited, foreseen, rule_of, wanted_takes, word_of
from orchestrator.planner.tallying import Tally
from orchestrator.planner.views import ChainView, StepView


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
        self.surely_on = True  # the chain comes this far: where a step may be one too many, it may end
        self.seconds = NOTHING
        self.start: Front | None = None

    def on(self) -> None:
        """From what exists to the end of the chain."""
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
            length=final_length(self.view, self.start, self.front),
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
        else:
            self.front = self.shared.beginning(source, self.view.source)
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

    # ---- steps that the planner has reached

    def _tend(self, tally: Tally, step: Step, view: StepView) -> None:
        tally.repeats(certain=True)
        self.sure = True
        times = [counted(self.shared, self.chain, tally, take) for take in view.takes if not take.rejected]
        alive = [each for each in times if each is not None]
        if alive:
            self.seconds = latest([self.seconds, *alive])
        kinds = (kind := kind_of(view)), kind
        if view.parent is not None:
            tally.goes_on(kinds, certain=True)
        if view.picked is not None and view.picked.video is not None:
            self.front = Front(view.picked.key, self.shared.lines(view.picked.video))
        elif alive:
            self.more += 1
            keys = [take.key for take in view.takes]
            self._go_on(step, view.wish, keys, self._lines_beyond(step, kinds), latest(alive))
        else:
            self._stand_still(tally, view)
        if (self.chain.name, step.id) in self.shared.branched:
            last = step.repeat in (FILL, view.place.repeat or 1)
            for take in view.takes:
                if take.video is not None and last:
                    name = (self.chain.name, step.id, take.number)
                    self.shared.fronts[name] = Front(take.key, self.shared.lines(take.video))

    def _stand_still(self, tally: Tally, view: StepView) -> None:
        """Nothing is being made of this step: a person is waited for, or it came to its end."""
        hold = next(
            (each for each in self.view.next if isinstance(each, Hold) and _of(each, view.place)), None
        )
        usable = [take for take in view.takes if take.video is not None and not take.rejected]
        if hold is not None and hold.need in (Need.PICK, Need.REVIEW) and usable:
            tally.note(Fate.BLOCKED, hold.because)
            span = self.shared.span([take.video for take in usable if take.video is not None])
            keys = [take.key for take in usable]
            key = hold.take or foreseen(Pick.ASK, view.wish, keys)
            doubtful = self.shared.may_exist_beyond(key, keys)
            self.front = Front(key, span, gate=word_of(hold.need, view.place), doubtful=doubtful)
            return
        self.front = None
        self.ended = (Fate.BLOCKED, hold.because) if hold else (Fate.LEFT, self.view.standing[1])

    # ---- steps that nobody has reached yet

    def _goes_on(self, tally: Tally, step: Step) -> bool:
        """Whether the longest possible line gets as far as one more of this step."""
        if self.ended is None:
            assert self.front is not None, "a chain without a front has ended"
            self.ended = (
                self._ended_by_planner()
                or ended_by_length(self.front, self.chain, step)
                or self._ended_by_reach()
            )
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
        certain = self.surely_on = self.surely_on and front.certain(self.chain, step)
        kinds = self.shared.kinds(front, step)
        tally.repeats(certain)
        tally.goes_on(kinds, certain)
        pays = certain and not front.doubtful and not self._may_drift(front)
        self.sure = certain if repeat == 1 else self.sure
        wish = step_key(front.key, kinds[0], step, step.prompt)
        keys = [take_key(wish, number) for number in range(1, self._wanted(step, wish) + 1)]
        took = self.shared.took(kinds)
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
            least, most, worst = (
                each.times(len(fresh)) for each in self.shared.prices(front.lines, step, kinds)
            )
            because = self._why_later(step, wish, repeat)
            tally.calls(Fate.LATER, because, least if pays else Bill(), most, worst)
            self.shared.toil(took.low * len(fresh) if pays else 0.0, took.high * len(fresh))
        if front.gate is None:
            self.seconds = latest([self.seconds, ready])
        lines = self._lines_beyond(step, kinds)
        self._go_on(step, wish, keys, lines, ready if front.gate is None else front.ready, certain)

    def _may_drift(self, front: Front) -> bool:
        """Whether what it grows out of, which is not made yet, may be held for its drift."""
        own = front is not self.start or isinstance(self.chain.source, Branch)
        return own and self.chain.drift_stop is not None

    def _lines_beyond(self, step: Step, kinds: tuple[Kind, Kind]) -> tuple[Line, Line]:
        """How far it goes with one more of this step; a generated source begins it."""
        if self.front is None:
            return generated(self.chain.source)
        low, high = self.shared.grown(self.front.lines, step, kinds)
        return low, high if self.front.certain(self.chain, step) else self.front.lines[1]

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
        elif self.shared.exists(key, self.front.key):
            tally.exists()
        else:
            return True
        return False

    # ---- going on

    def _go_on(
        self,
        step: Step,
        wish: StepKey,
        keys: Sequence[TakeKey],
        lines: tuple[Line, Line],
        ready: Range[float],
        certain: bool = True,
    ) -> None:
        """Beyond a step that is made or will be, or may be; any of its takes may have a branch."""
        gate, doubtful = (self.front.gate, self.front.doubtful) if self.front else (None, False)
        if (self.chain.name, step.id) in self.shared.branched:
            for number, take in enumerate(keys, 1):
                front = Front(take, lines, ready, gate, doubtful or not self.sure)
                self.shared.fronts[self.chain.name, step.id, number] = front
        name, place = (self.view.plan, self.chain.name, wish), Place(self.view.plan, self.chain.name, step.id)
        rule = rule_of(step, self.shared.lineage, name)
        key = foreseen(rule, wish, keys)
        asked = awaited(step, rule if len(keys) > 1 else None, self.shared.lineage, name, place)
        doubtful = doubtful or self.shared.may_exist_beyond(key, keys) or (asked is not None and not certain)
        # A step that may not be wanted at all may not be waited for either.
        gate = gate or (asked if certain else None)
        self.front = Front(key, lines, ready, gate, doubtful)

    def _wanted(self, step: Step, wish: StepKey) -> int:
        return wanted_takes(step, self.shared.lineage, (self.view.plan, self.chain.name, wish))

    def _remember(self, step: str | None, doubtful: bool = False) -> None:
        if self.front is not None:
            front = replace(self.front, doubtful=True) if doubtful else self.front
            fills = self.index >= 0 and self.chain.steps[self.index].repeat == FILL
            known = self._bounded(front) if step is None or fills else front
            self.shared.fronts[self.chain.name, step, None] = known

    def _bounded(self, front: Front) -> Front:
        """As long as the chain may be at its end: where it stops says more of that than the gains do."""
        span = final_length(self.view, self.start, front)
        if span is None:
            return front
        least, most = front.lines
        return replace(front, lines=(least.stopped(span.low), most.stopped(span.high)))

    def _tally(self, step: Step) -> Tally:
        tally = Tally(Place(self.view.plan, self.chain.name, step.id), step)
        self.tallies.append(tally)
        return tally


def _of(hold: Hold, place: Place) -> bool:
    return hold.place is not None and (hold.place.step, hold.place.repeat) == (place.step, place.repeat)

"""Counts what is foreseen of one step as written, over all its takes and repetitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.plan import Kind, Step
from orchestrator.planner.actions import Place
from orchestrator.planner.foreseen import NO_CALLS, NONE, Bill, Fate, Range, StepForecast

_ORDER = (Fate.BLOCKED, Fate.NEW, Fate.RUNNING, Fate.LATER, Fate.SHARED, Fate.REUSED, Fate.LEFT)
"""Of several fates the one that says most stands for the step."""


@dataclass(slots=True)
class Tally:
    """Grows while a chain is walked; the first reason of each fate is kept."""

    place: Place
    step: Step
    made: int = 0
    running: int = 0
    shared: int = 0
    times: Range[int] = NONE
    low: Bill = NO_CALLS
    high: Bill = NO_CALLS
    most: Bill = NO_CALLS
    after: Range[int] = NONE
    reasons: dict[Fate, str] = field(default_factory=dict)
    frames: tuple[int, int] = (0, 0)

    def note(self, fate: Fate, because: str) -> None:
        """A reason, unless one was noted for this fate before."""
        self.reasons.setdefault(fate, because)

    def repeats(self, certain: bool) -> None:
        """One repetition is reached, or may be."""
        self.times = Range(self.times.low + certain, self.times.high + 1)

    def goes_on(self, kinds: tuple[Kind, Kind], certain: bool) -> None:
        """One repetition, as it is made where all before it gain the least, and the most."""
        low, high = (kind is Kind.IMAGE for kind in kinds)
        self.frames = self.frames[0] + low, self.frames[1] + (high and certain)

    def exists(self) -> None:
        """One take is there."""
        self.made += 1
        self.note(Fate.REUSED, "made already")

    def runs(self, because: str, high: Bill, most: Bill) -> None:
        """One take is in the air, or may be; what it may still call for."""
        self.running += 1
        self.high = self.high.plus(high)
        self.most = self.most.plus(most)
        self.note(Fate.RUNNING, because)

    def calls(self, fate: Fate, because: str, low: Bill, high: Bill, worst: Bill) -> None:
        """Calls to make; at most, each take uses up all its attempts and fallbacks, at the worst price."""
        self.low = self.low.plus(low)
        self.high = self.high.plus(high)
        self.most = self.most.plus(worst.times(self.tries))
        self.note(fate, because)

    def comes_after(self, calls: Range[int], gate: str) -> None:
        """Calls that wait for a person's word."""
        self.after = self.after.plus(calls)
        self.note(Fate.LATER, f"waits for {gate}")

    def comes_sooner(self, calls: Range[int], other: Place) -> None:
        """Calls that were said to wait, and that another chain makes without waiting."""
        self.after = self.after.plus(Range(-calls.low, -calls.high))
        self.is_shared(other)

    def is_shared(self, other: Place) -> None:
        """One take that another chain makes as well."""
        self.shared += 1
        self.note(Fate.SHARED, f"shared with chain {other.chain}: {other}")

    @property
    def tries(self) -> int:
        """How many calls one take can come to."""
        return self.step.attempts * len(self.step.prompts)

    @property
    def begun(self) -> bool:
        """Anything of it exists or will be made."""
        return any(fate is not Fate.LEFT for fate in self.reasons)

    def forecast(self) -> StepForecast:
        """What was counted, as a value."""
        fate = next((each for each in _ORDER if each in self.reasons), Fate.LEFT)
        because = self.reasons.get(fate, "not needed")
        if fate is Fate.REUSED and Fate.LEFT in self.reasons:
            because = f"{because}; the rest: {self.reasons[Fate.LEFT]}"
        return StepForecast(
            place=self.place,
            prompt=self.step.prompt,
            takes=self.step.takes,
            made=self.made,
            running=self.running,
            shared=self.shared,
            times=self.times,
            low=self.low,
            high=self.high,
            most=self.most,
            after=self.after,
            fate=fate,
            because=because,
            frames=Range(min(self.frames), max(self.frames)),
        )

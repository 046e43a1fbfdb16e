"""What a cluster's work came to, from the provider's statement and the journal alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator.facts import TaskSucceeded
from orchestrator.lineage import Lineage

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`busy` is the share of the slots that held a task while there was work for all of them: by the
    provider's own times, from when all were first taken until they last were; `undisturbed`, outside of the
    windows of faults.
    """

    steps: int
    twice: int
    lost: int
    orphaned: int
    unkept: int
    most: int
    busy: float
    undisturbed: float
    seconds: float

    @property
    def text(self) -> str:
        return (
            f"{self.steps} steps in {self.seconds:.0f} s; paid twice: {self.twice}, lost: {self.lost}, "
            f"orphaned: {self.orphaned}, unkept: {self.unkept}; at most {self.most} at once, "
            f"slots {self.busy:.1%} busy, {self.undisturbed:.1%} outside of the faults' windows"
        )


def reckon(
    paid: Counter[str],
    tasks: Iterable[str],
    wanted: Counter[str],
    lineage: Lineage,
    slots: int,
    windows: Sequence[Interval] = (),
) -> Reckoning:
    """The whole account; `windows` (Unix seconds) are those of the faults, none within another."""
    known = {task for take in lineage.takes.values() for each in take.attempts if (task := each.task_id)}
    intervals = sorted(_intervals(lineage))
    return Reckoning(
        steps=sum(paid.values()),
        twice=sum((paid - wanted).values()),
        lost=sum((wanted - paid).values()),
        orphaned=len(set(tasks) - known) + len(lineage.open),
        unkept=len(lineage.unkept),
        most=_most(intervals),
        busy=_busy(intervals, slots),
        undisturbed=_busy(intervals, slots, windows),
        seconds=intervals[-1][1] - intervals[0][0] if intervals else 0.0,
    )


def _intervals(lineage: Lineage) -> Iterable[Interval]:
    """When the provider says that tasks began and ended."""
    for take in lineage.takes.values():
        for attempt in take.attempts:
            end = attempt.end
            if isinstance(end, TaskSucceeded) and end.ended_at is not None:
                yield end.created_at.timestamp(), end.ended_at.timestamp()


def _changes(intervals: Sequence[Interval]) -> list[tuple[float, int]]:
    begins = [(begin, 1) for begin, _ in intervals]
    # What ends in the same millisecond in which another begins made room for it.
    return sorted([*begins, *((end, -1) for _, end in intervals)], key=lambda each: (each[0], each[1]))


def _most(intervals: Sequence[Interval]) -> int:
    running = most = 0
    for _, change in _changes(intervals):
        running += change
        most = max(most, running)
    return most


def _busy(intervals: Sequence[Interval], slots: int, windows: Sequence[Interval] = ()) -> float:
    """From when all slots were first taken until the last time they were: before and after is less work."""
    running, full = 0, []
    for at, change in _changes(intervals):
        running += change
        if running == slots:
            full.append(at)
    if len(full) < 2:
        return 0.0
    begin, end = full[0], full[-1]
    work = sum(_outside((max(a, begin), min(b, end)), windows) for a, b in intervals if b > begin and a < end)
    return work / (slots * _outside((begin, end), windows))


def _outside(interval: Interval, windows: Sequence[Interval]) -> float:
    begin, end = interval
    out = sum(max(0.0, min(end, b) - max(begin, a)) for a, b in windows)
    return max(0.0, end - begin) - out

"""How close a night's work comes to the shortest possible: makespan against its lower bound.

    python -m tests.benchmarks.makespan [NIGHTS]

Runs the real runner on virtual time against tasks that merely take their time, for chains and trees,
equal and random task times (cv 0.3), 3 to 20 slots, including the delay of noticing that a task has
ended. The bound is max(longest line, all work / slots). Beside it: the same work in the order written
and first come, first served, simulated with no delay at all.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Container
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import trio
import trio.testing

from orchestrator.drift import Drift
from orchestrator.facts import Recorded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison, Lineage
from orchestrator.plan import Branch, Chain, Existing, Kind, Limits, Patience, Plan, ProviderSettings, Step
from orchestrator.planner import ChainView
from orchestrator.ports import (
    Absent,
    Accepted,
    Answer,
    Download,
    Finding,
    Frame,
    Inquiry,
    Kept,
    Opening,
    Outcome,
    Page,
    Part,
    Running,
    Submission,
    Succeeded,
)
from orchestrator.runner import Outside, Runner
from tests.store.memory import MemoryJournal

MEAN = 320.0
BORN = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    """The virtual loop's time."""

    def now(self) -> datetime:
        return BORN + timedelta(milliseconds=round(trio.current_time() * 1000))

    def monotonic(self) -> float:
        return trio.current_time()


@dataclass
class Tasks:
    """A provider whose tasks take the time that is drawn for them, and count what was asked."""

    duration: Callable[[], float]
    ends: dict[str, float] = field(default_factory=dict)
    begins: dict[str, float] = field(default_factory=dict)
    lengths: dict[str, Decimal] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    floor: float = 1.0

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        name, now = f"t{len(self.ends)}", trio.current_time()
        self.begins[name], self.ends[name] = now, now + self.duration()
        self.parents[name] = submission.parent_task or ""
        self.lengths[name] = self.lengths.get(submission.parent_task or "", Decimal(5)) + Decimal("4.5")
        return Accepted(name)

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        if task_id not in self.ends:  # a source made elsewhere
            return Succeeded(task_id, f"v-{task_id}", None, Decimal(5), BORN)
        self.asked += 1
        if trio.current_time() < self.ends[task_id]:
            return Running("processing")
        began = BORN + timedelta(seconds=self.begins[task_id])
        ended = BORN + timedelta(seconds=self.ends[task_id])
        return Succeeded(task_id, f"v-{task_id}", "u", self.lengths[task_id], began, ended)

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        return None

    async def find(self, inquiry: Inquiry) -> Finding:
        return Absent("never asked here")

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        return nullcontext(Download(nothing()))


async def nothing() -> AsyncIterator[bytes]:
    """The bytes of a file that nobody wants."""
    return
    yield b""


class Nowhere:
    """An archive that keeps nothing: files are not what is measured."""

    def room(self) -> str | None:
        return None

    async def keep(self, key: TakeKey, opening: Opening) -> Kept:
        return Kept("x", 1, "0", Decimal(1), 1, 1)

    async def measure(self, wanted: Comparison) -> Drift:
        raise AssertionError("no plan here stops at a drift")

    async def last_frame(self, path: str) -> Frame:
        raise AssertionError(path)

    async def publish(self, plan: Plan, chain: str, reels: object) -> str:
        return chain


class Silent:
    """Nobody watches."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None: ...

    def planned(self, view: ChainView) -> None: ...

    def said(self, message: str) -> None: ...


# ---- what is made


def source(name: str) -> Existing:
    return Existing(name, f"v-{name}", kind=Kind.TEXT, duration=Decimal(5))


def numbered(count: int, name: str) -> tuple[Step, ...]:
    return tuple(Step(id=str(index), prompt=f"{name}-{index}") for index in range(1, count + 1))


def lines(chance: random.Random, slots: int) -> tuple[Chain, ...]:
    """Chains of 3 to 38 extensions, four for each slot."""
    names = [f"c{index}" for index in range(4 * slots)]
    return tuple(Chain(name, source(name), numbered(chance.randint(3, 38), name)) for name in names)


def trees(chance: random.Random, slots: int) -> tuple[Chain, ...]:
    """Chains with takes in the middle and branches out of any of their steps."""
    made: list[Chain] = []
    for index in range(2 * slots):
        name, length = f"t{index}", chance.randint(6, 30)
        steps = list(numbered(length, name))
        at = chance.randrange(length)
        steps[at] = Step(id=steps[at].id, prompt=steps[at].prompt, takes=3)
        made.append(Chain(name, source(name), tuple(steps)))
        for branch in range(chance.randint(0, 2)):
            start = chance.randint(1, length - 1)
            room = 38 - start
            grown = numbered(chance.randint(1, min(12, room)), f"{name}b{branch}")
            made.append(Chain(f"{name}b{branch}", Branch(name, str(start)), grown))
    return tuple(made)


# ---- how long it takes


@dataclass(frozen=True, slots=True)
class Night:
    """One run: its makespan over the bound, and questions a task."""

    ratio: float
    questions: float


def night(chains: tuple[Chain, ...], slots: int, duration: Callable[[], float]) -> Night:
    """Run it on virtual time."""
    tasks = Tasks(duration)

    async def main() -> float:
        settings = ProviderSettings(
            name="sandbox", base_url="http://127.0.0.1:1", concurrency=slots, patience=Patience()
        )
        plan = Plan("bench", settings, chains)
        outside = Outside(MemoryJournal(), {"sandbox": tasks}, Nowhere(), Clock(), Silent(), 3600)
        result = await Runner([plan], outside, "run", Limits()).run()
        assert all(view.standing[0] == "done" for view in result.views), result.views[0].standing
        return trio.current_time()

    took = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return Night(took / bound(tasks, slots), tasks.asked / len(tasks.ends))


def bound(tasks: Tasks, slots: int) -> float:
    """No schedule is shorter than the longest line, or than all work shared among the slots."""
    line: dict[str, float] = {}
    for name in tasks.ends:
        line[name] = line.get(tasks.parents[name], 0.0) + tasks.ends[name] - tasks.begins[name]
    work = sum(tasks.ends[name] - tasks.begins[name] for name in tasks.ends)
    return max(max(line.values()), work / slots)


def simulated(chains: tuple[Chain, ...], slots: int, duration: Callable[[], float], *, turns: bool) -> float:
    """Plain chains without delay: as written (one chain after the other), or first come, first served."""
    left = {chain.name: [duration() for _ in chain.steps] for chain in chains}
    order = {chain.name: index for index, chain in enumerate(chains)}
    least = max(max(sum(times) for times in left.values()), sum(map(sum, left.values())) / slots)
    ready = [(0.0 if turns else order[name], order[name], name) for name in left]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < slots:
            name = heapq.heappop(ready)[2]
            heapq.heappush(running, (now + left[name].pop(0), name))
        now, name = heapq.heappop(running)
        if left[name]:
            heapq.heappush(ready, (now if turns else order[name], order[name], name))
    return now / least


def drawn(chance: random.Random) -> Callable[[], float]:
    """Lognormal task times of the usual mean, with a coefficient of variation of 0.3."""
    sigma = math.sqrt(math.log1p(0.3**2))
    location = math.log(MEAN) - sigma**2 / 2
    return lambda: chance.lognormvariate(location, sigma)


def equal() -> float:
    """Every task takes the usual time."""
    return MEAN


def main() -> None:
    """Print the ratios; the number of nights a row is the first argument, 1 by default."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print("makespan / lower bound            slots   mean    worst   questions a task")
    for shape in (lines, trees):
        for words in ("equal", "random"):
            for slots in (3, 5, 10, 20):
                found = []
                for seed in range(nights):
                    chance = random.Random(seed)
                    found.append(
                        night(shape(chance, slots), slots, equal if words == "equal" else drawn(chance))
                    )
                ratios = [each.ratio for each in found]
                asked = statistics.fmean(each.questions for each in found)
                row = f"{shape.__name__}, {words} times"
                print(f"{row:32}  {slots:5}  {statistics.fmean(ratios):.4f}  {max(ratios):.4f}  {asked:.1f}")
    print()
    print("lines, random times, no delay     slots   first come first served   as written")
    for slots in (3, 5, 10, 20):
        ratios = []
        for turns in (True, False):
            chance = random.Random(1)
            ratios.append(simulated(lines(chance, slots), slots, drawn(chance), turns=turns))
        print(f"{'':32}  {slots:5}  {ratios[0]:.4f}                    {ratios[1]:.4f}")


if __name__ == "__main__":
    main()

"""A night on virtual time: the real runner against a provider whose tasks merely take their time."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator, Callable, Container
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import trio
import trio.testing

from orchestrator.drift import Drift
from orchestrator.facts import Reason, Recorded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison, Lineage
from orchestrator.plan import Branch, Chain, Existing, Kind, Limits, Patience, Plan, ProviderSettings, Step
from orchestrator.planner import ChainView
from orchestrator.ports import (
    Absent,
    Accepted,
    Answer,
    Declined,
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
    """A provider whose tasks take the time that is drawn for them, and that notes what it was asked.

    `offers_list`: it has the list of tasks. `allows` are the slots there are at a time, None for any number:
    one more is refused with 1303. `posting` are the seconds a submission takes. `told` hears of every end,
    as a callback would have it.
    """

    duration: Callable[[], float]
    floor: float = 1.0
    offers_list: bool = False
    allows: Callable[[float], int] | None = None
    posting: float = 0.0
    told: Callable[[str], None] | None = None
    ends: dict[str, float] = field(default_factory=dict)
    begins: dict[str, float] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)
    lengths: dict[str, Decimal] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    questions: dict[str, list[float]] = field(default_factory=dict)
    looks: int = 0
    refused: list[float] = field(default_factory=list)

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        await trio.sleep(self.posting)
        name, now = f"task-{len(self.ends)}", trio.current_time()
        if self.allows is not None and self.running(now) >= self.allows(now):
            self.refused.append(now)
            return Declined(Reason.BUSY, "1303", "parallel task over resource pack limit")
        self.begins[name], self.ends[name] = now, now + self.duration()
        self.parents[name] = submission.parent_task or ""
        self.lengths[name] = self.lengths.get(submission.parent_task or "", Decimal(5)) + Decimal("4.5")
        if self.told is not None:
            trio.lowlevel.spawn_system_task(self._tell, name)
        return Accepted(name)

    async def _tell(self, name: str) -> None:
        await trio.sleep_until(self.ends[name])
        assert self.told is not None
        self.told(name)

    def running(self, now: float) -> int:
        """Tasks that hold a slot."""
        return sum(end > now for end in list(self.ends.values())[-200:])

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        if task_id not in self.ends:  # a source made elsewhere
            return Succeeded(task_id, f"v-{task_id}", None, Decimal(5), BORN)
        self.questions.setdefault(task_id, []).append(trio.current_time())
        return self._answer(task_id)

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        if not self.offers_list:
            return None
        self.looks += 1
        newest = list(reversed(self.ends))[(number - 1) * size : number * size]
        shown = {name: self._answer(name) for name in newest if name in wanted}
        made = {name: answer for name, answer in shown.items() if isinstance(answer, Succeeded)}
        return Page(made, frozenset(shown.keys() - made.keys()), last=not newest)

    def _answer(self, task_id: str) -> Running | Succeeded:
        if trio.current_time() < self.ends[task_id]:
            return Running("processing")
        self.noticed.setdefault(task_id, trio.current_time())
        began = BORN + timedelta(seconds=self.begins[task_id])
        ended = BORN + timedelta(seconds=self.ends[task_id])
        return Succeeded(task_id, f"v-{task_id}", "u", self.lengths[task_id], began, ended)

    async def find(self, inquiry: Inquiry) -> Finding:
        return Absent("never asked here")

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        return nullcontext(Download(nothing()))

    @property
    def asked(self) -> float:
        """Questions a task, looks at the list among them."""
        return (sum(map(len, self.questions.values())) + self.looks) / len(self.ends)

    def delay(self, after: int = 0) -> float:
        """Mean delay of noticing as a part of a task's time, of all tasks after the first so many."""
        names = list(self.noticed)[after:]
        late = sum(self.noticed[name] - self.ends[name] for name in names)
        return late / sum(self.ends[name] - self.begins[name] for name in names)


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


def work(
    tasks: Tasks, chains: tuple[Chain, ...], slots: int, until: float = math.inf, speed: float = 1
) -> float:
    """Run it on virtual time, for so long at most; the seconds that it took.

    Tasks are expected to be `speed` times as fast as usual.
    """

    async def main() -> float:
        settings = ProviderSettings(
            name="sandbox",
            base_url="http://127.0.0.1:1",
            concurrency=slots,
            patience=Patience(),
            speed=speed,
        )
        plan = Plan("bench", settings, chains)
        outside = Outside(MemoryJournal(), {"sandbox": tasks}, Nowhere(), Clock(), Silent(), 3600)
        runner = Runner([plan], outside, "run", Limits())
        if tasks.told is not None:
            tasks.told = runner.hint
        with trio.move_on_at(until):
            result = await runner.run()
            assert all(view.standing[0] == "done" for view in result.views), result.views[0].standing
        return trio.current_time()

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def drawn(chance: random.Random, mean: float = MEAN, spread: float = 0.3) -> Callable[[], float]:
    """Lognormal task times of that mean and coefficient of variation."""
    sigma = math.sqrt(math.log1p(spread**2))
    location = math.log(mean) - sigma**2 / 2
    return lambda: chance.lognormvariate(location, sigma)


def equal() -> float:
    """Every task takes the usual time."""
    return MEAN

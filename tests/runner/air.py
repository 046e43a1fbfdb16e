"""Tasks in the air on virtual time, and a provider that answers for them, one by one and by its list."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anyio

from orchestrator.errors import OrchestratorError
from orchestrator.facts import AttemptBegun, Fact, Reason, Recorded, TaskAccepted
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.planner import ChainView, Run, Watch
from orchestrator.ports import Answer, Failed, Missing, Page, Running, Succeeded
from orchestrator.runner import DiskArchive, Gate
from orchestrator.runner.desk import Desk
from orchestrator.runner.errands import Errand
from orchestrator.runner.hints import Hints
from orchestrator.runner.watching import Questions

BORN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class Clock:
    """The virtual loop's time."""

    def __init__(self) -> None:
        self._since = anyio.current_time()

    def now(self) -> datetime:
        return BORN + timedelta(milliseconds=round((anyio.current_time() - self._since) * 1000))

    def monotonic(self) -> float:
        return anyio.current_time()


class Quiet:
    """A reporter that remembers what was said."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def happened(self, recorded: Recorded, lineage: Lineage) -> None: ...

    def planned(self, view: ChainView) -> None: ...

    def said(self, message: str) -> None:
        self.messages.append(message)


@dataclass
class Provider:
    """`ends` are the seconds after which tasks end; what is asked is written down with its time.

    `trouble` is raised by every single question until that time, `list_trouble` by every look at the list.
    """

    ends: dict[str, float]
    offers_list: bool = False
    fails: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()  # succeeded, and the list leaves out the video
    stale: bool = False  # the list shows everything as running
    hidden: frozenset[str] = frozenset()  # not on the list
    newer: int = 0  # tasks of somebody else on the first pages
    trouble: tuple[float, OrchestratorError] | None = None
    list_trouble: tuple[float, OrchestratorError] | None = None
    floor: float = 5.0
    answers_in: float = 0.0
    asked: list[tuple[float, str]] = field(default_factory=list)
    looked: list[tuple[float, int, int]] = field(default_factory=list)
    began: float = field(default_factory=anyio.current_time)

    @property
    def time(self) -> float:
        return round(anyio.current_time() - self.began, 3)

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        self.asked.append((self.time, task_id))
        answer = self._answer(task_id)
        await anyio.sleep(self.answers_in)
        if self.trouble is not None and self.time < self.trouble[0]:
            raise self.trouble[1]
        return answer

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        self.looked.append((self.time, number, size))
        if self.list_trouble is not None and self.time < self.list_trouble[0]:
            raise self.list_trouble[1]
        if not self.offers_list:
            return None
        listed = ["another's"] * self.newer + [
            each for each in reversed(self.ends) if each not in self.hidden
        ]
        page = listed[(number - 1) * size : number * size]
        made: dict[str, Succeeded] = {}
        running, unsure = set(), set()
        for task_id in page:
            answer = self._answer(task_id) if task_id in self.ends else Running("processing")
            if task_id not in wanted:
                continue
            if self.stale or isinstance(answer, Running):
                running.add(task_id)
            elif isinstance(answer, Succeeded) and task_id not in self.bare:
                made[task_id] = answer
            else:
                unsure.add(task_id)
        return Page(made, frozenset(running), frozenset(unsure), last=not page)

    def _answer(self, task_id: str) -> Answer:
        if task_id not in self.ends:
            return Missing("unknown")
        if self.time < self.ends[task_id]:
            return Running("processing")
        if task_id in self.fails:
            return Failed(Reason.OTHER, "it failed")
        return Succeeded(task_id, f"v-{task_id}", None, Decimal(10), BORN)

    async def submit(self, *_: object) -> object:
        raise AssertionError("nothing is submitted here")

    find = fetch = submit


class Air:
    """Tasks accepted at the beginning, or so many seconds `before`, and who asks for them.

    They were accepted by another run, unless this one is `older` than that; `usual` is how long they take.
    """

    def __init__(
        self, provider: Provider, before: float = 0.0, older: float = 0.0, usual: float = 320.0
    ) -> None:
        self.provider = provider
        self.clock, self.notes, self.lineage = Clock(), Quiet(), Lineage()
        self.facts: list[Fact] = []
        self.ended: dict[str, float] = {}
        self.errors: list[OrchestratorError] = []
        self.accepted = BORN - timedelta(seconds=before)
        self.settings = ProviderSettings(name="kling", speed=320 / usual)
        self.desk = Desk(
            settings=self.settings,
            provider=provider,  # type: ignore[arg-type]
            gate=Gate(5),
            archive=DiskArchive.__new__(DiskArchive),
            clock=self.clock,
            reporter=self.notes,
            lineage=self.lineage,
            run=Run("run", 0, BORN - timedelta(seconds=older)),
            record=self.record,
            hints=Hints(),
        )
        for task_id in provider.ends:
            self.put(
                self._begun(task_id), TaskAccepted(self.accepted, TakeKey(f"take-{task_id}"), 1, task_id)
            )

    def put(self, *facts: Fact) -> None:
        for fact in facts:
            self.lineage.apply(Recorded(self.lineage.position + 1, fact))

    async def record(self, *facts: Fact) -> None:
        await anyio.sleep(0)
        self.put(*facts)
        self.facts.extend(facts)
        for fact in facts:
            self.questions.settle(fact.take)  # type: ignore[union-attr]

    def watch(self, task_id: str, minutes: float = 120) -> Watch:
        take = self.lineage.take(TakeKey(f"take-{task_id}"))
        return Watch(take.key, take.attempts[0], BORN + timedelta(minutes=minutes), "accepted")

    async def run(
        self, seconds: float, *acts: tuple[float, Callable[[], object]], minutes: float = 120
    ) -> Air:
        """Ask for all of them for so long, while these things happen."""
        async with anyio.create_task_group() as tasks:
            self.questions = Questions(tasks, self.clock, self._is_over, self.errors.append)
            tasks.start_soon(self.questions.serve)
            for task_id in self.provider.ends:
                self.questions.begin(self.desk, self.watch(task_id, minutes))
            for after, act in acts:
                await anyio.sleep(after - self.provider.time)
                act()
            await anyio.sleep(seconds - self.provider.time)
            tasks.cancel_scope.cancel()
        return self

    def ask(self, watch: Watch) -> None:
        self.questions.begin(self.desk, watch)

    def hint(self, task_id: str) -> None:
        self.questions.hint(TakeKey(f"take-{task_id}"), task_id)

    def asked(self, task_id: str) -> list[float]:
        """When it was asked for by itself."""
        return [at for at, asked in self.provider.asked if asked == task_id]

    def delays(self) -> Sequence[float]:
        """How late the end of each was noticed; one that was not fails."""
        return [self.ended[each] - end for each, end in self.provider.ends.items()]

    def _is_over(self, name: Errand) -> None:
        assert name[0] is not None
        self.ended[name[0].removeprefix("take-")] = self.provider.time

    def _begun(self, task_id: str) -> AttemptBegun:
        return AttemptBegun(
            at=self.accepted, take=TakeKey(f"take-{task_id}"), number=1, step=StepKey(f"step-{task_id}"),
            take_number=1, parent=None, run="run", account=self.settings.account, plan="p", chain="c",
            place="p:c.1", kind=Kind.EXTEND, expires=self.accepted + timedelta(seconds=30),
        )  # fmt: skip

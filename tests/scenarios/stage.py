"""A whole run in one process on virtual time: real client, real journal, the sandbox's own world.

Only the sockets are missing: requests reach the sandbox through an ASGI transport. A run may be made
to die before or after any write and any question; what it leaves on disk is what the next run finds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx

from orchestrator.facts import Fact, Recorded
from orchestrator.lineage import Lineage
from orchestrator.plan import Chain, Existing, Kind, Limits, Patience, Plan, ProviderSettings, Source, Step
from orchestrator.planner import ChainView, Reach
from orchestrator.ports import (
    Answer,
    Archive,
    Beginning,
    Download,
    Finding,
    Inquiry,
    Intent,
    Journal,
    Outcome,
    Page,
    Part,
    Provider,
    Submission,
)
from orchestrator.provider import open_provider
from orchestrator.runner import Bounds, DiskArchive, Outside, Result, Runner
from orchestrator.sandbox import EXAMPLE, Payment, Sandbox, SandboxOptions, in_memory, read_faults
from orchestrator.store import Home, open_journal, open_reader
from orchestrator.web import DroppedError

T = TypeVar("T")

BORN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
API, FILES = "http://127.0.0.1:8001", "http://127.0.0.1:8002"

SOURCE = Existing(EXAMPLE.task_id, EXAMPLE.video_id)


class Died(BaseException):
    """The process is gone: nothing catches it, nothing is written after it."""


class VirtualClock:
    """The event loop's clock as both clocks of a run; it goes on from run to run."""

    def __init__(self) -> None:
        self._since = anyio.current_time()
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return self._true() + self.offset

    def _true(self) -> datetime:
        return BORN + timedelta(milliseconds=round((anyio.current_time() - self._since) * 1000))

    def monotonic(self) -> float:
        return anyio.current_time()

    def milliseconds(self) -> int:
        """The provider's clock, which nobody sets."""
        return round(self._true().timestamp() * 1000)


@dataclass
class Reaper:
    """Counts the instants at which a process can die, and kills it at one of them."""

    dies_at: int | None = None
    passed: int = 0
    dead: bool = False
    names: list[str] = field(default_factory=list)

    def pass_by(self, name: str) -> None:
        """One instant; raises Died at the chosen one and ever after."""
        if self.dead:
            raise Died
        self.passed += 1
        self.names.append(name)
        if self.passed == self.dies_at:
            self.dead = True
            raise Died

    async def around(self, name: str, act: Callable[[], Awaitable[T]]) -> T:
        self.pass_by(f"before {name}")
        result = await act()
        self.pass_by(f"after {name}")
        return result


@dataclass
class MortalJournal:
    """A journal whose process may die before or after every write."""

    inner: Journal
    reaper: Reaper

    @property
    def id(self) -> str:
        return self.inner.id

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        return await self.reaper.around("begin", lambda: self.inner.begin(intents, expected))

    async def stand_by(self, account: str, level: float) -> None:
        await self.inner.stand_by(account, level)

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        name = "append " + ", ".join(type(fact).__name__ for fact in facts)
        return await self.reaper.around(name, lambda: self.inner.append(facts))

    async def read(self, after: int) -> tuple[Recorded, ...]:
        return await self.inner.read(after)

    async def changed(self) -> bool:
        return await self.inner.changed()


@dataclass
class MortalProvider:
    """A provider whose client may die before or after every request."""

    inner: Provider
    reaper: Reaper

    @property
    def floor(self) -> float:
        return self.inner.floor

    async def submit(self, submission: Submission, deadline: float) -> Outcome:
        return await self.reaper.around("submit", lambda: self.inner.submit(submission, deadline))

    async def look_up(self, kind: Kind, task_id: str) -> Answer:
        return await self.reaper.around("look_up", lambda: self.inner.look_up(kind, task_id))

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        return await self.reaper.around("look_over", lambda: self.inner.look_over(kind, wanted, number, size))

    async def find(self, inquiry: Inquiry) -> Finding:
        return await self.reaper.around("find", lambda: self.inner.find(inquiry))

    def fetch(self, url: str, part: Part | None = None) -> AbstractAsyncContextManager[Download]:
        self.reaper.pass_by("before fetch")
        return self.inner.fetch(url, part)


class Wire(httpx.AsyncBaseTransport):
    """The sandbox's app as a network: what it drops without an answer is a connection that breaks."""

    def __init__(self, app: Any) -> None:
        self.inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self.inner.handle_async_request(request)
        except DroppedError as error:
            raise httpx.ReadError("the connection was closed", request=request) from error


async def in_line(function: Callable[..., T], *arguments: object) -> T:
    """Blocking work on the loop: virtual time waits for nobody else."""
    return function(*arguments)


@dataclass
class Notebook:
    """A reporter that remembers."""

    facts: list[Fact] = field(default_factory=list)
    views: list[ChainView] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    listener: Callable[[Fact], None] | None = None

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        self.facts.append(recorded.fact)
        if self.listener is not None:
            self.listener(recorded.fact)

    def planned(self, view: ChainView) -> None:
        self.views.append(view)

    def said(self, message: str) -> None:
        self.messages.append(message)


class Stage:
    """One account at one sandbox, one state folder; runs come and go."""

    def __init__(self, folder: Path, *, faults: Sequence[Any] = (), **options: Any) -> None:
        self.clock = VirtualClock()
        self.home = Home(folder / ".orchestrate")
        self.sandbox: Sandbox = in_memory(
            SandboxOptions(**options),
            self.clock.milliseconds,
            faults=read_faults(list(faults)),
            file_base=FILES,
        )
        self.notes = Notebook()
        self.runner: Runner | None = None
        self.bounds = Bounds(room=0)

    @property
    def payments(self) -> tuple[Payment, ...]:
        """What the provider would charge for."""
        account = self.sandbox.account
        return tuple(payment for payment in account.world.payments(account.now()) if not payment.refunded)

    @property
    def lineage(self) -> Lineage:
        """What the journal on disk says."""
        with open_reader(self.home.journal) as reader:
            return Lineage(reader.facts())

    def facts(self) -> tuple[Recorded, ...]:
        """All that is written."""
        with open_reader(self.home.journal) as reader:
            return tuple(reader.facts())

    async def run(
        self,
        *plans: Plan,
        reaper: Reaper | None = None,
        limits: Limits | None = None,
        reach: Reach | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> Result:
        """One run of these plans until it ends, or dies."""
        reaper = reaper or Reaper()
        wire = transport or Wire(self.sandbox.app)
        async with AsyncExitStack() as stack:
            journal = stack.enter_context(open_journal(self.home, submitter=True))
            providers: dict[str, Provider] = {}
            for plan in plans:
                settings = plan.provider
                provider = await stack.enter_async_context(
                    open_provider(
                        settings, base_url=API, environ={"KLING_API_KEY": "k", "DMXAPI_API_KEY": "sk-k"},
                        clock=self.clock, transport=wire,
                    )
                )  # fmt: skip
                providers[settings.account] = MortalProvider(provider, reaper)
            archive: Archive = DiskArchive(self.home.folder, in_line, self.bounds)
            outside = Outside(MortalJournal(journal, reaper), providers, archive, self.clock, self.notes, 600)
            run_id = f"run-{self.clock.milliseconds()}"
            self.runner = Runner(plans, outside, run_id, limits or Limits(), reach)
            return await self.runner.run()

    async def run_to_death(self, *plans: Plan, at: int) -> bool:
        """One run that dies at that instant; false when it ended before."""
        reaper = Reaper(dies_at=at)
        try:
            await self.run(*plans, reaper=reaper)
        except BaseExceptionGroup as group:
            deaths, others = group.split(Died)
            if others is not None or deaths is None:
                raise
            return True
        except Died:
            return True
        return False


def a_plan(
    *prompts: str | Step,
    name: str = "p",
    source: Source = SOURCE,
    settings: ProviderSettings | None = None,
    until: str | None = None,
    **more: Any,
) -> Plan:
    """A plan of one chain `c`, for a sandbox that tells us apart and forgets quickly."""
    wanted = tuple(
        Step(id=str(number), prompt=each) if isinstance(each, str) else each
        for number, each in enumerate(prompts, 1)
    )
    chain = Chain("c", source, wanted, until=None if until is None else Decimal(until))
    return Plan(name=name, provider=settings or sandbox_settings(), chains=(chain,), **more)


def sandbox_settings(**more: Any) -> ProviderSettings:
    """The sandbox under its own name: our ids are sent, absence is believed after 40 s."""
    options: dict[str, Any] = {
        "name": "sandbox",
        "base_url": API,
        "external_task_id": "always",
        "patience": Patience(10, 20, 10),
    }
    return ProviderSettings(**(options | more))


def with_chains(plan: Plan, *chains: Chain) -> Plan:
    """The plan with these chains beside its own."""
    return replace(plan, chains=(*plan.chains, *chains))

"""One run from the command line: opened, driven, drained by signals, and told how it ended."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio

from orchestrator.cli.callbacks import Callbacks
from orchestrator.cli.notifying import Notifying
from orchestrator.cli.opening import opened
from orchestrator.cli.signals import Caught, listen
from orchestrator.cli.spans import Spans, spans
from orchestrator.cli.vaulting import Sending, bringing
from orchestrator.errors import OrchestratorError
from orchestrator.facts import Fact, Recorded, VideoKept
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan
from orchestrator.planner import ChainView, Reach
from orchestrator.report import RunReporter
from orchestrator.runner import Result, Runner
from orchestrator.store import Home


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, where, within which limits, and how far: `enough` is the fact that drains it."""

    plans: tuple[Plan, ...]
    home: Home
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    reach: Reach = field(default_factory=Reach)
    enough: Callable[[Fact], bool] | None = None
    callbacks: Callbacks = field(default_factory=Callbacks)
    notifying: Notifying = field(default_factory=Notifying)
    sending: Sending = field(default_factory=Sending)


def drive(order: Order, reporter: RunReporter) -> tuple[Result, Caught]:
    """Run until nothing is left to do, or a signal drained it; the caller prints, then dies by the signal."""

    def leave() -> None:
        reporter.__exit__(None, None, None)

    caught = Caught(leave)
    # Plans of thousands of chains stay to the end: else everything waits, again and again, for the collector
    # to walk through all of them.
    gc.freeze()
    return anyio.run(_drive, order, reporter, caught), caught


async def _drive(order: Order, reporter: RunReporter, caught: Caught) -> Result:
    def enough(fact: Fact) -> None:
        if order.enough is not None and order.enough(fact):
            runner.drain()

    losses: list[OrchestratorError] = []
    fail: Callable[[OrchestratorError], None] = losses.append

    listening, url = Listening(reporter, enough), order.callbacks.url
    bring = bringing(order.sending.vault, order.home.folder)
    async with opened(
        order.plans, order.home, order.base_url, listening, url, bring, lambda error: fail(error)
    ) as outside:
        runner = Runner(order.plans, outside, run_id(), order.limits, order.reach)
        fail = runner.fail
        for error in losses:  # of one sandbox, while the next one was started
            fail(error)

        def drain(message: str) -> None:
            reporter.said(message)
            runner.drain()

        failure: OrchestratorError | None = None
        async with anyio.create_task_group() as beside:
            await beside.start(listen, caught, drain)
            beside.start_soon(tick, reporter)
            async with (
                order.callbacks.heard(runner.hint, reporter.said),
                order.notifying.heralded(outside.clock, reporter.said) as listening.looked,
                order.sending.beside(reporter.said, lambda: caught.number is not None) as listening.kept,
            ):
                try:
                    with spans("run") as listening.spans:
                        result = await runner.run()
                except OrchestratorError as error:
                    failure = error  # raised outside of the groups, which would wrap it
            beside.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return result


@dataclass(slots=True)
class Listening:
    """Tells a reporter all it is told; besides, facts are `heard`, chains `looked` at and films `kept`."""

    reporter: RunReporter
    heard: Callable[[Fact], None] | None = None
    looked: Callable[[ChainView], None] | None = None
    kept: Callable[[VideoKept], None] | None = None
    spans: Spans = field(default_factory=Spans)

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written."""
        self.reporter.happened(recorded, lineage)
        if self.heard is not None:
            self.heard(recorded.fact)
        self.spans.happened(recorded, lineage)
        if self.kept is not None and isinstance(recorded.fact, VideoKept):
            self.kept(recorded.fact)

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew."""
        self.reporter.planned(view)
        if self.looked is not None:
            self.looked(view)

    def said(self, message: str) -> None:
        """A line for people."""
        self.reporter.said(message)


async def tick(reporter: RunReporter) -> None:
    """Clocks on a screen go on, and a log shows now and then that we live."""
    while True:
        await anyio.sleep(1)
        reporter.tick()


def run_id() -> str:
    """Names a run: sortable by time, and unlike any other."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"

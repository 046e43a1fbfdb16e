"""One run from the command line: opened, driven, drained by signals, and told how it ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio

from orchestrator.cli.opening import opened
from orchestrator.cli.signals import Caught, listen
from orchestrator.errors import OrchestratorError
from orchestrator.plan import Limits, Plan
from orchestrator.report import RunReporter
from orchestrator.runner import Result, Runner
from orchestrator.store import Home


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, where, and within which limits."""

    plans: tuple[Plan, ...]
    home: Home
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)


def drive(order: Order, reporter: RunReporter) -> tuple[Result, Caught]:
    """Run until nothing is left to do, or a signal drained it; the caller prints, then dies by the signal."""

    def leave() -> None:
        reporter.__exit__(None, None, None)

    caught = Caught(leave)
    return anyio.run(_drive, order, reporter, caught), caught


async def _drive(order: Order, reporter: RunReporter, caught: Caught) -> Result:
    async with opened(order.plans, order.home, order.base_url, reporter) as outside:
        runner = Runner(order.plans, outside, run_id(), order.limits)

        def drain(message: str) -> None:
            reporter.said(message)
            runner.drain()

        failure: OrchestratorError | None = None
        async with anyio.create_task_group() as beside:
            await beside.start(listen, caught, drain)
            beside.start_soon(_tick, reporter)
            try:
                result = await runner.run()
            except OrchestratorError as error:
                failure = error  # raised outside of the group, which would wrap it
            beside.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return result


async def _tick(reporter: RunReporter) -> None:
    """Clocks on a screen go on, and a log shows now and then that we live."""
    while True:
        await anyio.sleep(1)
        reporter.tick()


def run_id() -> str:
    """Names a run: sortable by time, and unlike any other."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"

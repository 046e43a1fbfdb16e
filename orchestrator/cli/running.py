"""One run from the command line: opened, driven, drained by signals, and told how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio

from orchestrator.cli.opening import opened
from orchestrator.cli.signals import Caught, listen
from orchestrator.plan import Limits, Plan
from orchestrator.ports import Reporter
from orchestrator.runner import Result, Runner
from orchestrator.store import Home


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, where, and within which limits."""

    plans: tuple[Plan, ...]
    home: Home
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)


def drive(order: Order, reporter: Reporter, tick: Callable[[], None] | None = None) -> tuple[Result, Caught]:
    """Run until nothing is left to do, or a signal drained it; the caller prints, then dies by the signal.

    `tick` is called once a second, for clocks on a screen and heartbeats in a log.
    """
    caught = Caught()
    return anyio.run(_drive, order, reporter, caught, tick), caught


async def _drive(
    order: Order, reporter: Reporter, caught: Caught, tick: Callable[[], None] | None
) -> Result:
    async with (
        anyio.create_task_group() as beside,
        opened(order.plans, order.home, order.base_url, reporter) as outside,
    ):
        runner = Runner(order.plans, outside, run_id(), order.limits)

        def drain(message: str) -> None:
            reporter.said(message)
            runner.drain()

        await beside.start(listen, caught, drain)
        if tick is not None:
            beside.start_soon(_tick, tick)
        result = await runner.run()
        beside.cancel_scope.cancel()
    return result


async def _tick(tick: Callable[[], None]) -> None:
    while True:
        await anyio.sleep(1)
        tick()


def run_id() -> str:
    """Names a run: sortable by time, and unlike any other."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"

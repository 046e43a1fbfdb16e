"""Hands plans over to workers and follows them: the work goes on when who follows it leaves."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import click

from orchestrator.cli.opening import own_sandbox
from orchestrator.cli.running import Listening, Order, run_id, tick
from orchestrator.cli.shared import queue_of, require_shared
from orchestrator.cli.signals import Caught, listen
from orchestrator.cli.whereabouts import place_of
from orchestrator.cluster import Followed, Follower, Handover, Queue, handovers
from orchestrator.errors import OrchestratorError, PlanError
from orchestrator.facts import RunBegan
from orchestrator.plan import Plan
from orchestrator.planner import Run
from orchestrator.report import RunReporter, with_place
from orchestrator.resolved import resolved
from orchestrator.runner import Result, SystemClock
from orchestrator.store import Home, open_journal

_LEAVING = "{}: following ends here; the workers go on"


def require_detachable(plans: Sequence[Plan], home: Home, base_url: str | None) -> None:
    """PlanError for what workers elsewhere cannot do."""
    require_shared(home)
    for plan in plans:
        if own_sandbox(plan.provider, base_url):
            raise PlanError(
                f"plan {plan.name} asks for a sandbox of its own, and workers need one they all reach: start "
                "`orchestrate sandbox`, and write its URL as base_url under provider."
            )
        handovers(plan, Run("", 0, SystemClock().now()))


def hand_over(order: Order, reporter: RunReporter) -> tuple[Result, Caught]:
    """Hand over what no worker has yet, and follow until the workers are done, or a signal came."""

    def leave() -> None:
        reporter.__exit__(None, None, None)

    caught = Caught(leave)
    return anyio.run(_hand_over, order, reporter, caught), caught


def farewell(order: Order) -> None:
    """Said to who leaves before the end."""
    names, place = " ".join(plan.name for plan in order.plans), place_of(order.home)
    look, stop = with_place("orchestrate status", place), with_place(f"orchestrate cancel {names}", place)
    click.echo(f"The workers go on. Look: {look}. Stop it: {stop}", err=True)


async def _hand_over(order: Order, reporter: RunReporter, caught: Caught) -> Result:
    failure: OrchestratorError | None = None
    with open_journal(order.home, submitter=False) as journal:
        clock, listening = SystemClock(journal.now()), Listening(reporter)
        follower = Follower(journal, clock, listening)
        await follower.begin()
        left = anyio.Event()

        def leave(message: str) -> None:
            reporter.said(message)
            left.set()

        async with anyio.create_task_group() as beside:
            await beside.start(listen, caught, leave, _LEAVING)
            beside.start_soon(tick, reporter)
            async with order.notifying.heralded(clock, reporter.said) as listening.looked:
                try:
                    async with queue_of(order.home) as queue:
                        run = await _handed_over(order, follower, queue, reporter)
                        result = await follower.follow(queue, Followed(order.plans, run), left)
                except OrchestratorError as error:
                    failure = error  # raised outside of the groups, which would wrap it
            beside.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return result


async def _handed_over(order: Order, follower: Follower, queue: Queue, reporter: RunReporter) -> Run:
    """The run under which the workers have the plans: a new one, or that of who came first."""
    lineage, now = follower.knowledge.lineage, follower.now()
    fresh: list[Plan] = []
    theirs: list[Handover] = []
    for plan in order.plans:
        live = [each for each in await queue.live(plan.name) if each.chains]
        same = [each for each in live if each.digest == plan.digest]
        theirs += same
        if same:
            reporter.said(f"{plan.name}: workers have it already; following")
        else:
            fresh.append(plan)
    run = Run(run_id(), lineage.position, now, order.limits, order.reach)
    if not fresh:
        return theirs[0].run
    await follower.record(
        *(
            RunBegan(now, run.id, plan.name, plan.path, plan.digest, plan.text, resolved(plan))
            for plan in fresh
        )
    )
    for plan in fresh:
        await _put(plan, run, queue, reporter)
    return run


async def _put(plan: Plan, run: Run, queue: Queue, reporter: RunReporter) -> None:
    # What an older text of the plan asked for stops first; what it has in the air is gone on with.
    stopped = await queue.cancel(plan.name, keep=plan.digest)
    if stopped:
        reporter.said(f"{plan.name}: its older text is stopped")
    shares: Sequence[Handover] = handovers(plan, run)
    await queue.hand_over(shares)
    reporter.said(f"{plan.name}: handed over to the workers as {len(shares)} groups of connected chains")

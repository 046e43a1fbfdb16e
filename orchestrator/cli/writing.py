"""A person's facts: one short transaction, beside a run or without one."""

from __future__ import annotations

import anyio
import click

from orchestrator.cli.whereabouts import place_of
from orchestrator.facts import Fact
from orchestrator.report import with_place
from orchestrator.store import Home, open_journal


def write(home: Home, *facts: Fact) -> None:
    """Append them all together; a run that is going on notices within two seconds.

    On a shared journal workers that were done with the plan look at it once more.
    """
    with open_journal(home, submitter=False) as journal:
        anyio.run(journal.append, facts)
    if home.database is not None:
        anyio.run(_tell_workers, home, {getattr(fact, "plan", None) for fact in facts})


def note(home: Home, said: str, *facts: Fact) -> None:
    """Write them, say what they are, and who goes on with them."""
    write(home, *facts)
    who = "A run that is going on sees it" if home.database is None else "Workers and runs that go on see it"
    click.echo(f"{said} {who}; else: {with_place('orchestrate resume', place_of(home))}", err=True)


async def _tell_workers(home: Home, plans: set[str | None]) -> None:
    from orchestrator.cli.shared import can_share, queue_of

    if not can_share():
        return
    from orchestrator.cluster import QueueError

    try:
        async with queue_of(home) as queue:
            for plan in plans:
                await queue.hand_over_again(plan)
    except QueueError as error:
        click.echo(f"It is written, but {error}: `run --detach` goes on with it.", err=True)

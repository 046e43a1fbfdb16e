"""`orchestrate cancel`: workers begin nothing more for a plan; what is in the air is watched to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import state_option

if TYPE_CHECKING:
    from orchestrator.store import Home


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...")
@state_option
def cancel(plans: tuple[str, ...], state: str | None) -> None:
    """Stop what workers do for a plan that `run --detach` handed over.

    PLAN is a file, or the name of a plan in the journal. Nothing more is begun for it; what is in the air is
    paid for, so workers watch it to its end and keep its file. `run --detach` goes on with it again.
    """
    import anyio

    from orchestrator.cli.reading import read
    from orchestrator.cli.shared import shared_home
    from orchestrator.cli.today import plan_named
    from orchestrator.report import plural

    home = shared_home(state)
    lineage = read(home).lineage
    names = [plan_named(word, lineage) for word in plans]
    for name, shares in anyio.run(_cancel, home, names).items():
        flying = sum(
            attempt.begun.plan == name for key in lineage.open for attempt in lineage.takes[key].open
        )
        stopped = f"{plural(shares, 'group')} of chains stopped" if shares else "no worker has any of it"
        watched = f"; {plural(flying, 'task')} in the air watched to the end" if flying else ""
        click.echo(f"{name}: {stopped}{watched}", err=True)


async def _cancel(home: Home, names: list[str]) -> dict[str, int]:
    from orchestrator.cli.shared import queue_of

    async with queue_of(home) as queue:
        return {name: await queue.cancel(name) for name in names}

"""`orchestrate expiring`: what the provider purges soon, with an exit status for cron."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from orchestrator.cli.exits import Exit
from orchestrator.cli.options import json_option, state_option

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


class Span(click.ParamType[timedelta]):
    """A time such as 36h or 7d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The span that was typed."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})\s*([mhdw])", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a time; write it like 36h or 7d.", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


@click.command()
@click.option("--within", type=Span(), default="7d", show_default=True, metavar="7d", help="m, h, d or w.")
@click.option("--all", "everything", is_flag=True, help="Also what is not needed at the provider any more.")
@json_option()
@state_option
def expiring(within: timedelta, everything: bool, as_json: bool, state: str | None) -> int:
    """Show what the provider purges soon and is still needed there.

    Files that are not here yet, and tips that a chain is still to grow from. Exit status 10 when there
    is any, for cron: orchestrate expiring --within 7d || tell somebody.
    """
    from orchestrator.cli.reading import nothing_yet, reading
    from orchestrator.report import json_text, passing, passing_json, passing_text
    from orchestrator.store import find_home

    home = find_home(state)
    if not home.exists:
        nothing_yet(home, as_json=as_json, empty=[])
        return Exit.DONE
    with reading(home) as known:
        views = [view for plan in known.plans for view in plan.views]
        found = passing(known.lineage, views, known.now, within, everything=everything, placed=known.placed)
    if as_json:
        click.echo(json_text(passing_json(found)))
    elif found:
        click.echo(passing_text(found, known.now))
    else:
        click.echo("Nothing that is needed expires within that time.", err=True)
    return Exit.PENDING if found else Exit.DONE

"""`orchestrate plan`: what a run would do, and may cost and take; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator.cli.options import json_option, reach_options, state_option


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...", type=click.Path())
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 10 when something would be submitted.")
@reach_options
@json_option()
@state_option
def plan(
    plans: tuple[str, ...],
    detailed_exitcode: bool,
    only: tuple[str, ...],
    through: tuple[str, ...],
    steps: int | None,
    as_json: bool,
    state: str | None,
) -> int:
    """Show what would be reused, made, and paid; send nothing.

    Calls, units, money, time and lengths are ranges: an extension adds 4 to 5 seconds, and a task takes
    about as long as this account's tasks took before. What nobody knows is shown as unknown. Needs no
    key.
    """
    from orchestrator.cli.exits import Exit
    from orchestrator.cli.foreseeing import forecasts_of
    from orchestrator.cli.reading import columns, reading
    from orchestrator.planfile import load
    from orchestrator.planner import reach_of
    from orchestrator.report import forecast_json, forecast_text, json_text
    from orchestrator.store import find_home

    loaded = [load(path) for path in plans]
    with reading(find_home(state, [Path(path) for path in plans])) as known:
        reach = reach_of(loaded, only, through, steps)
        found = forecasts_of(loaded, known.lineage, reach=reach, book=known.ledger)
    if as_json:
        click.echo(json_text([forecast_json(each) for each in found]))
    else:
        click.echo("\n\n".join(forecast_text(each, columns()) for each in found))
        if not known.home.exists:
            click.echo("\nThere is no journal yet: nothing made earlier is known.", err=True)
    pending = any(each.high.calls or each.after.high for each in found)
    return Exit.PENDING if detailed_exitcode and pending else Exit.DONE

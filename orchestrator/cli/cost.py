"""`orchestrate cost`: what was estimated, reserved, billed, refunded, and what nobody knows."""

from __future__ import annotations

import click

from orchestrator.cli.options import json_option, state_option


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout, with everything in it.")
@json_option()
@state_option
def cost(as_csv: bool, as_json: bool, state: str | None) -> None:
    """Show the ledger by day and chain.

    Spent units are the provider's own word where it gave one, else what was estimated, marked with ~.
    """
    from orchestrator.cli.reading import columns, nothing_yet, read
    from orchestrator.report import cost_csv, cost_json, cost_text, json_text
    from orchestrator.store import find_home

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude one another")
    home = find_home(state)
    entries = tuple(read(home).ledger.entries.values())
    if as_csv:
        click.echo(cost_csv(entries), nl=False)
    elif as_json:
        click.echo(json_text(cost_json(entries)))
    elif not home.exists:
        nothing_yet(home, as_json=False, empty={})
    else:
        click.echo(cost_text(entries, columns()))

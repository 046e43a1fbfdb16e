"""`orchestrate status`: how everything in a journal stands."""

from __future__ import annotations

import click

from orchestrator.cli.options import json_option, state_option

_TAKES = 1000
"""Chains of so many takes are looked at for a person, who reads the first lines, and so many takes that are
in the air for hours: a third of a second each."""


@click.command()
@json_option()
@state_option
def status(as_json: bool, state: str | None) -> None:
    """Show what is in the air, waits for you, and was spent.

    Speaks of all plans that were ever run from this journal, as they were then. Asks nobody: what is in
    the air is what the journal knows. Where thousands of chains are not done, or in the air for hours, it
    looks at some of them, and says how many it left out; --json looks at all.
    """
    from orchestrator.cli.reading import columns, nothing_yet, reading
    from orchestrator.cli.whereabouts import place_of
    from orchestrator.report import MOST, Facing, json_text, status_json, status_of, status_text
    from orchestrator.store import find_home, submitters

    home = find_home(state)
    if not home.exists:
        nothing_yet(home, as_json=as_json, empty={})
        return
    with reading(home) as known:
        facing = Facing(
            journal=home.place,
            holder="; ".join(submitters(home)) or None,
            lineage=known.lineage,
            spent=known.ledger.by_currency(),
            plans=known.plans if as_json else known.plans_within(_TAKES),
            run=known.run,
            now=known.now,
            placed=known.placed,
            most=None if as_json else MOST,
            looks=None if as_json else _TAKES,
        )
        found = status_of(facing)
    click.echo(
        json_text(status_json(found)) if as_json else status_text(found, known.now, columns(), place_of(home))
    )

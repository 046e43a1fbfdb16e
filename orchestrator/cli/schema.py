"""`orchestrate schema`: the JSON Schema of a plan."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of a plan, for editors.

    It is made from the very model that plans are read with. `orchestrate init` writes it and links a new
    plan to it.
    """
    from orchestrator.planfile import json_schema
    from orchestrator.report import json_text

    click.echo(json_text(json_schema()))

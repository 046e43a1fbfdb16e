"""`orchestrate frames`: a contact sheet of a whole film."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator.cli.options import state_option


@click.command()
@click.argument("node")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("sheet.jpg"),
    show_default=True,
    help="A .jpg or .png.",
)
@click.option("--seams", is_flag=True, help="The frames before and after each join instead.")
@state_option
def frames(node: str, output: Path, seams: bool, state: str | None) -> None:
    """Lay the frames of a whole film out on one sheet, a cell a step.

    What is missing or broken leaves an empty cell.
    """
    from orchestrator.cli.reading import read
    from orchestrator.report import find, places_of, scenes, sheet
    from orchestrator.store import find_home

    known = read(find_home(state))
    key = find(node, known.lineage, known.views)
    those = scenes(known.lineage, key, places_of(known.views))
    sheet(known.home.folder, known.lineage, those, output, seams=seams)
    click.echo(f"{output}: {len(those)} steps", err=True)

"""`orchestrate lineage page`: the page of the lineage as one file that opens from disk."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import click

from orchestrator.cli.options import state_option


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("lineage.html"),
    show_default=True,
    help="The file to write.",
)
@state_option
def page(output: Path, state: str | None) -> None:
    """Write the page of the lineage as one file that opens from disk.

    Pictures are inside it; films are played from the state folder, where it is now, seen from the file.
    """
    from orchestrator.cli.files import written
    from orchestrator.cli.reading import read
    from orchestrator.lineage import Video
    from orchestrator.report import Drifts, Frames, Telling, contents, data_uris, places_of, single_page
    from orchestrator.store import find_home

    known = read(find_home(state))
    state_folder = known.home.folder.resolve()
    away = os.path.relpath(state_folder, output.resolve().parent)

    def film(video: Video) -> str:
        assert video.kept is not None
        return quote(Path(away, video.kept.path).as_posix())

    telling = Telling(places_of(known.views), film)
    data = contents(known.lineage, telling, known.now)
    data["drifts"] = Drifts(state_folder).all_known(known.lineage)
    text = single_page(data, data_uris(Frames(state_folder), known.lineage))
    written(output, text)
    click.echo(f"{output}: {len(data['nodes'])} takes, {len(text.encode()) / 1e6:.1f} MB", err=True)

"""`orchestrate inspect`: what one video file tells, and its place in the lineage when it is one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import json_option, state_option
from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from orchestrator.report import Lineal
    from orchestrator.store import Home


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option()
@state_option
def inspect(file: Path, as_json: bool, state: str | None) -> int:
    """Show length, streams, label, provenance and lineage of a file.

    The whole file is read and decoded. It may come from anywhere: when its content is that of a file that
    was kept here, its place in the lineage is shown too. The state folder is looked for upwards from the
    file, else from here.
    """
    from orchestrator.cli.exits import Exit
    from orchestrator.cli.reading import columns
    from orchestrator.media import inspect as inspected
    from orchestrator.report import inspection_json, inspection_text, json_text

    if not file.exists():
        _bring(file, _home(file, state))
    if not file.is_file():
        raise PlanError(f"{file}: there is no such file")
    found = inspected(file)
    place = _place(found.sha256, _home(file, state))
    if as_json:
        click.echo(json_text(inspection_json(file, found, place)))
    else:
        click.echo(inspection_text(file, found, place, columns()))
    return Exit.DONE if found.broken is None else Exit.PARTIAL


def _home(file: Path, state: str | None) -> Home:
    from orchestrator.store import find_home

    if state is not None:
        return find_home(state)
    beside = find_home(cwd=file.resolve().parent)
    return beside if beside.exists else find_home()


def _bring(file: Path, home: Home) -> None:
    """A kept film that is not here comes from shared storage, where a plan names one."""
    from orchestrator.cli.reading import read
    from orchestrator.cli.vaulting import brought, vaults_here
    from orchestrator.identity import TakeKey

    if not home.exists or file.resolve().parent != home.videos.resolve():
        return
    known = read(home)
    video = known.lineage.video(TakeKey(file.stem))
    if video is not None and video.kept is not None:
        brought(vaults_here(known), home.folder, video.kept)


def _place(sha256: str, home: Home) -> Lineal | None:
    """None also where the journal cannot be read, which is said: the file can be looked at all the same."""
    from orchestrator.cli.reading import read
    from orchestrator.errors import StateError
    from orchestrator.report import lineal, places_of

    try:
        known = read(home)
    except StateError as error:
        click.echo(f"the lineage is not looked at: {error}", err=True)
        return None
    return lineal(sha256, known.lineage, places_of(known.views))

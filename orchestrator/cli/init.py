"""`orchestrate init`: a commented plan to start from, linked to the schema that editors complete with."""

from __future__ import annotations

import os
import re
from importlib import resources
from pathlib import Path

import click

TEMPLATES = ("minimal", "chains", "takes")
SCHEMA = "plan.schema.json"
_LINK = f"$schema={SCHEMA}"
_NAME = re.compile(r"[^\s@/:#]+")


@click.command()
@click.argument("name", default="plan", metavar="[NAME]")
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    default=TEMPLATES[0],
    show_default=True,
    help="What to begin with.",
)
def init(name: str, template: str) -> None:
    """Write a plan to start from.

    NAME.yaml is written here and is not overwritten; the schema it is linked to goes into the state
    folder. All templates run in the sandbox, free, as they are.
    """
    from orchestrator.errors import DiskError
    from orchestrator.store import find_home

    path = _path(name)
    home = find_home()
    try:
        schema = _schema(home.folder)
        text = _text(template, path, os.path.relpath(schema, path.resolve().parent))
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} exists already and is not overwritten; give another NAME") from None
    except OSError as error:
        raise DiskError(f"{error.filename or path} cannot be written: {error.strerror}") from error
    click.echo(f"{path} is written. Next: orchestrate plan {path}, then: orchestrate run {path}")


def _path(name: str) -> Path:
    given = Path(name)
    path = given if given.suffix in (".yaml", ".yml") else given.with_name(given.name + ".yaml")
    if not _NAME.fullmatch(path.stem):
        raise click.BadParameter("a name has no spaces and none of @ / : #", param_hint="NAME")
    if path.exists():
        raise click.UsageError(f"{path} exists already and is not overwritten; give another NAME")
    return path


def _schema(folder: Path) -> Path:
    """The schema beside the journal, written anew: it follows the version of orchestrate."""
    from orchestrator.planfile import json_schema
    from orchestrator.report import json_text
    from orchestrator.store import Home

    Home(folder).create()
    path = folder / SCHEMA
    path.write_text(json_text(json_schema()) + "\n", encoding="utf-8")
    return path


def _text(template: str, path: Path, schema: str) -> str:
    text = resources.files("orchestrator.cli").joinpath("templates", f"{template}.yaml").read_text("utf-8")
    return text.replace(_LINK, f"$schema={schema}", 1).replace("plan.yaml", str(path))

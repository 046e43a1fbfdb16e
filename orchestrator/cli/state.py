"""`orchestrate state`: the journal's home: moved from one to another, brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.lazily import LazyGroup
from orchestrator.cli.options import state_option

if TYPE_CHECKING:
    from orchestrator.store import Home

COMMANDS = {
    "copy": ("orchestrator.cli.state:copy", "Move a journal between a folder and a database."),
    "migrate": ("orchestrator.cli.state:migrate", "Bring a shared journal up to this version."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def state() -> None:
    """Look after the journal's home: move it, bring it up to date.

    A home is a folder, such as .orchestrate, or a database, such as postgresql://user@host/name. Give the
    password in the environment (PGPASSWORD), in ~/.pgpass, or within the URL in ORCHESTRATE_STATE.
    """


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Move a journal between a folder and a database, either way.

    Every fact keeps its place and the journal its id, so that nothing is paid for again. From then on the
    journal goes on in TO, and FROM refuses to begin anything; copied back, it goes on there. TO is empty,
    or holds an earlier part of the same journal. Files are not copied: they stay in their folder.
    """
    from orchestrator.store import copy_journal, find_home

    one, other = find_home(source), find_home(target)
    count = copy_journal(one, other)
    click.echo(f"{count} facts are now in {other.place}; the journal goes on there.")
    click.echo(
        f"Name it with --state or ORCHESTRATE_STATE. Files stay in {one.folder}{_bring(one, other)}.",
        err=True,
    )


def _bring(one: Home, other: Home) -> str:
    if one.folder.resolve() == other.folder.resolve():
        return ""
    return f": copy its videos to {other.folder}, or bring them back with `orchestrate fetch --all`"


@click.command()
@state_option
def migrate(state: str | None) -> None:
    """Bring a shared journal up to this version.

    Refused while processes of an older version run there. A folder's journal is brought up to date by
    whatever opens it first, and needs no command.
    """
    from orchestrator.store import find_home, migrate_home

    home = find_home(state)
    before, after = migrate_home(home)
    if before == after:
        click.echo(f"{home.place} is up to date (format {after}).")
    else:
        click.echo(f"{home.place} was brought from format {before} to {after}.")

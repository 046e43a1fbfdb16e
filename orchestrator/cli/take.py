"""`orchestrate take`: alternatives of a step, and which of them the chain goes on from."""

from __future__ import annotations

import click

from orchestrator.cli.lazily import LazyGroup
from orchestrator.cli.options import json_option, state_option

COMMANDS = {
    "list": ("orchestrator.cli.take:listed", "Show the takes of a step, and which one is picked."),
    "pick": ("orchestrator.cli.take:pick", "Go on from this take."),
    "new": ("orchestrator.cli.take:new", "Want one more take of a step."),
    "reject": ("orchestrator.cli.take:reject", "Never go on from this take, and want another."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def take() -> None:
    """Choose among alternatives of a step.

    A STEP is a place such as koi.leap (plan:chain.step#repeat without what is not needed), a take of it
    STEP@N. Nothing is sent by these commands: the next run, or the one that is going on, does what
    follows.
    """


@click.command("list")
@click.argument("step")
@json_option()
@state_option
def listed(step: str, as_json: bool, state: str | None) -> None:
    """Show the takes of a step, and which one is picked.

    With their state, length, what they added, how far they have drifted, and the file to look at.
    """
    from orchestrator.cli.choosing import asked
    from orchestrator.cli.reading import columns
    from orchestrator.report import Drifts, json_text, takes_json, takes_text

    known, meant = asked(step, state)
    own = Drifts(known.home.folder)
    drifts = {take.key: own.measured(known.lineage, take.key) for take in meant.step.takes}
    if as_json:
        click.echo(json_text(takes_json(meant, known.lineage, drifts)))
    else:
        click.echo(takes_text(meant, known.lineage, str(known.home.folder), columns(), drifts))


@click.command()
@click.argument("step", metavar="STEP@N")
@state_option
def pick(step: str, state: str | None) -> None:
    """Go on from this take.

    The steps after it move there; what was made after another take stays, and is used again when that
    one is picked again.
    """
    from orchestrator.cli.choosing import asked, named, picking
    from orchestrator.cli.writing import note

    known, meant = asked(step, state)
    said = f"{meant.step.place}: take {named(meant, step).number} is picked."
    note(known.home, said, *picking(known, meant, step))


@click.command()
@click.argument("step")
@state_option
def new(step: str, state: str | None) -> None:
    """Want one more take of a step.

    The next run makes it, which is paid. How one is picked stays as the plan says, or as you said.
    """
    from orchestrator.cli.choosing import asked, wanting
    from orchestrator.cli.writing import note

    known, meant = asked(step, state)
    said = f"{meant.step.place}: {len(meant.step.takes) + 1} takes are wanted now."
    note(known.home, said, *wanting(known, meant))


@click.command()
@click.argument("step", metavar="STEP[@N]")
@click.option("--no-new", is_flag=True, help="Want no other one in its place.")
@state_option
def reject(step: str, no_new: bool, state: str | None) -> None:
    """Never go on from this take, and want another.

    Without @N the take that waits for your look, or that the chain goes on from. The new one is made by
    the next run, which is paid. Picking the take after all takes the rejection back.
    """
    from orchestrator.cli.choosing import asked, named, rejecting
    from orchestrator.cli.writing import note

    known, meant = asked(step, state)
    wanted = "" if no_new else ", another is wanted"
    said = f"{meant.step.place}: take {named(meant, step).number} is rejected{wanted}."
    note(known.home, said, *rejecting(known, meant, step, another=not no_new))

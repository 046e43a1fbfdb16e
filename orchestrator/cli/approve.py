"""`orchestrate approve`: a person looked at a step and wants the chain to go on."""

from __future__ import annotations

import click

from orchestrator.cli.options import state_option


@click.command()
@click.argument("step")
@state_option
def approve(step: str, state: str | None) -> None:
    """Go on after a step that waits for your look.

    STEP is the place that `status` shows, such as koi.leap. To have it made anew: orchestrate reject STEP.
    """
    from orchestrator.cli.choosing import approving, asked
    from orchestrator.cli.writing import note

    known, meant = asked(step, state)
    note(known.home, f"{meant.step.place}: approved.", *approving(known, meant))

"""`orchestrate retry`: tries again what failed or was refused for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import state_option

if TYPE_CHECKING:
    from orchestrator.cli.reading import Known
    from orchestrator.identity import TakeKey


@click.command()
@click.argument("step")
@state_option
def retry(step: str, state: str | None) -> None:
    """Try again what failed or was refused for good.

    Attempts and refusals of before no longer count; the next run submits it again, which is paid again.
    """
    from orchestrator.cli.reading import read
    from orchestrator.cli.writing import note
    from orchestrator.errors import PlanError
    from orchestrator.facts import TakeRetried
    from orchestrator.report import find
    from orchestrator.store import find_home

    home = find_home(state)
    known = read(home)
    key = find(step, known.lineage, known.views)
    take, tried = known.lineage.take(key), _tried(key, known)
    if take.video is not None or take.open or not any(known.lineage.take(each).last for each in tried):
        raise PlanError(f"{step}: nothing failed there; `orchestrate lineage show {step}` says what it is.")
    note(home, f"{step}: will be tried again.", *(TakeRetried(known.now, each) for each in tried))


def _tried(key: TakeKey, known: Known) -> tuple[TakeKey, ...]:
    """The take, those of the prompts before its fallback, and the extension that it is made in place of."""
    from orchestrator.lineage import refuses_source

    for view in known.views:
        for step in view.steps:
            for take in step.takes:
                if take.key == key:
                    begun = (known.lineage.take(each) for each in known.lineage.begun_at(str(take.place)))
                    refused = (each.key for each in begun if each.last and refuses_source(each.last.end))
                    return tuple(dict.fromkeys((*take.tried, key, *refused)))
    return (key,)

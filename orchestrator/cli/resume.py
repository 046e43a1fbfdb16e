"""`orchestrate resume`: `run` for every unfinished plan of the journal, or for those that are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli.callbacks import CallbackWishes, callback_options
from orchestrator.cli.options import (
    archive_option,
    base_url_option,
    json_option,
    notify_option,
    reach_options,
    state_option,
    yes_option,
)

if TYPE_CHECKING:
    from orchestrator.lineage import Lineage
    from orchestrator.plan import Plan


@click.command()
@click.argument("plans", nargs=-1, metavar="[PLAN...]")
@yes_option
@reach_options
@callback_options
@notify_option
@archive_option
@json_option("One JSON event a line on stdout.")
@state_option
@base_url_option
def resume(
    plans: tuple[str, ...],
    yes: bool,
    only: tuple[str, ...],
    through: tuple[str, ...],
    steps: int | None,
    callback_url: str | None,
    callback_listen: str | None,
    notify: bool | None,
    archive: bool | None,
    as_json: bool,
    state: str | None,
    base_url: str | None,
) -> None:
    """Go on with every unfinished plan of the journal, or with these.

    PLAN is a file, or the name of a plan in the journal. Files are read again, so that edits count;
    where a file is gone, the text that the journal kept is used, and that is said.
    """
    from orchestrator.cli.paying import Wishes, pay
    from orchestrator.cli.reading import read, say_no_journal
    from orchestrator.planner import reach_of
    from orchestrator.store import find_home

    home = find_home(state, [Path(plan) for plan in plans if Path(plan).exists()])
    lineage = read(home).lineage
    loaded = _named(plans, lineage) if plans else tuple(_unfinished(lineage))
    if not loaded:
        if home.exists:
            click.echo("Every plan of this journal is finished; nothing is in the air.", err=True)
        else:
            say_no_journal(home)
        return
    wishes = Wishes(
        base_url,
        yes,
        as_json,
        reach=reach_of(loaded, only, through, steps),
        callbacks=CallbackWishes(callback_url, callback_listen),
        notify=notify,
        archive=archive,
    )
    raise SystemExit(pay(loaded, home, wishes))


def _named(plans: Sequence[str], lineage: Lineage) -> tuple[Plan, ...]:
    """The plans of these files, then those of these names."""
    from orchestrator.cli.today import begun, read_again
    from orchestrator.planfile import load

    files = [Path(plan) for plan in plans if Path(plan).exists()]
    names = [plan for plan in plans if not Path(plan).exists()]
    return *map(load, files), *(read_again(begun(name, lineage)) for name in names)


def _unfinished(lineage: Lineage) -> Iterator[Plan]:
    """Plans with something left to do or to decide, and plans whose account has work in the air."""
    from orchestrator.cli.foreseeing import forecasts_of
    from orchestrator.cli.today import plans_of_today

    plans = list(plans_of_today(lineage))
    loose = {lineage.account_of(key) for key in (*lineage.open, *lineage.unkept)}
    for forecast in forecasts_of(plans, lineage):
        if forecast.plan.provider.account in loose or not _finished(forecast.chains):
            yield forecast.plan


def _finished(chains: Sequence[object]) -> bool:
    from orchestrator.planner import ChainForecast, Ending, Finish

    ends = [chain.view.end for chain in chains if isinstance(chain, ChainForecast)]
    return all(isinstance(end, Finish) and end.ending in (Ending.DONE, Ending.CAPPED) for end in ends)

"""`orchestrate run`: closes the difference between plans and what exists, after asking."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from orchestrator.cli.callbacks import CallbackWishes, callback_options
from orchestrator.cli.options import (
    AMOUNT,
    archive_option,
    base_url_option,
    json_option,
    notify_option,
    reach_options,
    state_option,
    yes_option,
)


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...")
@yes_option
@click.option("--max-calls", type=click.IntRange(min=0), metavar="N", help="At most N paid calls now.")
@click.option("--max-cost", type=AMOUNT, metavar="X", help="At most this much money now.")
@reach_options
@callback_options
@notify_option
@archive_option
@click.option("--detach", is_flag=True, help="Hand it over to workers and follow; see `worker`.")
@json_option("One JSON event a line on stdout.")
@state_option
@base_url_option
def run(
    plans: tuple[str, ...],
    yes: bool,
    max_calls: int | None,
    max_cost: Decimal | None,
    only: tuple[str, ...],
    through: tuple[str, ...],
    steps: int | None,
    callback_url: str | None,
    callback_listen: str | None,
    notify: bool | None,
    detach: bool,
    archive: bool | None,
    as_json: bool,
    state: str | None,
    base_url: str | None,
) -> None:
    """Make what the plans want and the journal does not have yet.

    Shows first what it would call for, cost and take, and asks. Running again after anything at all goes
    on where it stopped; what exists is never paid for again.
    """
    from orchestrator.cli.paying import Wishes, pay
    from orchestrator.plan import Limits
    from orchestrator.planfile import load
    from orchestrator.planner import reach_of
    from orchestrator.store import find_home

    loaded = tuple(load(plan) for plan in plans)
    reach = reach_of(loaded, only, through, steps)
    limits, callbacks = Limits(calls=max_calls, cost=max_cost), CallbackWishes(callback_url, callback_listen)
    wishes = Wishes(base_url, yes, as_json, limits, reach, callbacks, notify, archive, detach)
    home = find_home(state, [Path(plan) for plan in plans])
    raise SystemExit(pay(loaded, home, wishes))

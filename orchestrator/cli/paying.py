"""The story of every command that can pay: know, forecast, ask, run, say how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestrator.cli.callbacks import CallbackWishes, receiving
from orchestrator.cli.consent import consent
from orchestrator.cli.deciding import decide
from orchestrator.cli.exits import exit_status
from orchestrator.cli.foreseeing import forecasts_of
from orchestrator.cli.logs import structured, talk
from orchestrator.cli.notifying import notifying
from orchestrator.cli.opening import require_access
from orchestrator.cli.reading import columns, read
from orchestrator.cli.running import Order, drive
from orchestrator.cli.signals import Caught
from orchestrator.cli.vaulting import agreed_vault, films_of, sending
from orchestrator.cli.whereabouts import place_of
from orchestrator.errors import PlanError
from orchestrator.plan import Limits, Plan
from orchestrator.planner import Reach
from orchestrator.report import (
    RunReporter,
    forecast_text,
    json_reporter,
    logged_reporter,
    reporter_for,
    summary_text,
)
from orchestrator.runner import Result
from orchestrator.store import Home


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options of a paying command say."""

    base_url: str | None
    yes: bool
    as_json: bool
    limits: Limits = field(default_factory=Limits)
    reach: Reach = field(default_factory=Reach)
    callbacks: CallbackWishes = field(default_factory=CallbackWishes)
    notify: bool | None = None
    archive: bool | None = None
    detach: bool = False


def pay(plans: Sequence[Plan], home: Home, wishes: Wishes) -> int:
    """Forecast, ask, run and report; the exit status. Dies by the signal that drained the run."""
    plans = tuple(replace(plan, path=str(Path(plan.path).resolve()) if plan.path else None) for plan in plans)
    _refuse_twins(plans)
    if wishes.detach:
        from orchestrator.cli.detaching import require_detachable

        require_detachable(plans, home, wishes.base_url)
        if wishes.callbacks != CallbackWishes():
            raise PlanError(
                "notices go to who submits: --callback-url and --callback-listen are for workers here"
            )
    lineage = read(home).lineage
    forecasts = forecasts_of(plans, lineage, wishes.limits, wishes.reach)
    for each in forecasts:
        talk(forecast_text(each, columns()))
    if not wishes.detach:
        require_access(plans, wishes.base_url)
    new = not any(take.attempts for take in lineage.takes.values())
    with receiving(wishes.callbacks, plans, wishes.base_url) as callbacks:
        consent(forecasts, lineage, base_url=wishes.base_url, new_journal=new, yes=wishes.yes)
        views = [chain.view for each in forecasts for chain in each.chains]
        asks = sys.stdin.isatty() and not wishes.yes
        told = notifying(plans, lineage, views, datetime.now(UTC), allowed=wishes.notify, asks=asks)
        told = replace(told, place=place_of(home))
        vault = None if wishes.detach else agreed_vault(plans, wishes.archive, asks=asks)
        films = sending(vault, home.folder, films_of(lineage, views))
        order = Order(plans, home, wishes.base_url, wishes.limits, wishes.reach, None, callbacks, told, films)
        result, caught = _driven(order, wishes)
    try:
        if not wishes.as_json:
            options = _to_repeat(plans, home, wishes)
            click.echo(summary_text(result, plans, result.films, columns(), options, place_of(home)))
    finally:
        caught.die()  # also where the terminal is gone
    asks = not (wishes.yes or wishes.as_json or result.error)
    if asks and decide(result.views, home):
        return pay(plans, home, wishes)  # what was decided is foreseen and agreed to like everything else
    return exit_status(result)


def _to_repeat(plans: Sequence[Plan], home: Home, wishes: Wishes) -> tuple[str, ...]:
    """Options that the next run needs too: with another journal it would pay for everything anew."""
    state = place_of(home, [Path(plan.path) for plan in plans if plan.path])
    return (*state, *(("--base-url", wishes.base_url) if wishes.base_url else ()))


def _driven(order: Order, wishes: Wishes) -> tuple[Result, Caught]:
    """By this process, or by workers that it follows."""
    if not wishes.detach:
        with _reporter(order.plans, as_json=wishes.as_json) as reporter:
            result, caught = drive(order, reporter)
            reporter.ended(result)
            return result, caught
    from orchestrator.cli.detaching import farewell, hand_over

    with _reporter(order.plans, as_json=wishes.as_json) as reporter:
        result, caught = hand_over(order, reporter)
        if caught.number is None:
            reporter.ended(result)
            return result, caught
    farewell(order)
    caught.die()
    return result, caught


def _reporter(plans: Sequence[Plan], *, as_json: bool) -> RunReporter:
    def now() -> datetime:
        return datetime.now(UTC)

    if as_json:
        return json_reporter(plans, sys.stdout, now)
    if structured():
        return logged_reporter(plans, now)
    return reporter_for(plans, sys.stderr, now, os.environ)


def _refuse_twins(plans: Sequence[Plan]) -> None:
    names: dict[str, Plan] = {}
    for plan in plans:
        if plan.name in names:
            twins = f"{names[plan.name].path} and {plan.path}"
            raise PlanError(f"{twins} are both called {plan.name}: give one of them another name.")
        names[plan.name] = plan

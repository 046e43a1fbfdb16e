"""The story of every command that can pay: know, forecast, ask, run, say how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from orchestrator.cli.exits import exit_status

from orchestrator.budget import ledger
from orchestrator.cli.consent import consent
from orchestrator.cli.running import Order, drive
from orchestrator.errors import PlanError
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan
from orchestrator.planner import Forecast, Run, forecast, views_of
from orchestrator.store import Home, open_reader


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options of a paying command say."""

    base_url: str | None
    yes: bool
    as_json: bool
    limits: Limits = field(default_factory=Limits)


def known(home: Home) -> Lineage:
    """What the journal there says; nothing where there is none."""
    if not home.exists:
        return Lineage()
    with open_reader(home.journal) as reader:
        return Lineage(reader.facts())


def forecasts_of(
    plans: Sequence[Plan], lineage: Lineage, limits: Limits | None = None
) -> tuple[Forecast, ...]:
    """What a run that began now would do."""
    now, book = datetime.now(UTC), ledger(lineage)
    run = Run("", lineage.position, now, limits or Limits())
    return tuple(
        forecast(plan, views_of(plan, lineage, book, now, run), lineage, book, now) for plan in plans
    )


def pay(plans: Sequence[Plan], home: Home, wishes: Wishes) -> int:
    """Forecast, ask, run and report; the exit status. Dies by the signal that drained the run."""
    from orchestrator.report import forecast_text, summary_text

    plans = tuple(replace(plan, path=str(Path(plan.path).resolve()) if plan.path else None) for plan in plans)
    _refuse_twins(plans)
    lineage = known(home)
    forecasts = forecasts_of(plans, lineage, wishes.limits)
    for each in forecasts:
        click.echo(forecast_text(each), err=True)
    new = not any(take.attempts for take in lineage.takes.values())
    consent(forecasts, lineage, base_url=wishes.base_url, new_journal=new, yes=wishes.yes)
    order = Order(plans, home, wishes.base_url, wishes.limits)
    reporter, close, tick = _reporter(plans, wishes)
    try:
        result, caught = drive(order, reporter, tick)
    finally:
        close()
    try:
        click.echo(summary_text(result), err=True)
    finally:
        caught.die()  # also where the terminal is gone
    return exit_status(result)


def _refuse_twins(plans: Sequence[Plan]) -> None:
    names: dict[str, Plan] = {}
    for plan in plans:
        if plan.name in names:
            twins = f"{names[plan.name].path} and {plan.path}"
            raise PlanError(f"{twins} are both called {plan.name}: give one of them another name.")
        names[plan.name] = plan

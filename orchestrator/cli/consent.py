"""Asks before anything can be paid; without somebody to ask, only `--yes` is a yes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from orchestrator.cli.opening import own_sandbox
from orchestrator.errors import PlanError
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planner import Forecast


def consent(
    forecasts: Sequence[Forecast], lineage: Lineage, *, base_url: str | None, new_journal: bool, yes: bool
) -> None:
    """Return when it may be paid for; PlanError when nobody can be asked, click.Abort for a no."""
    paid = [each for each in forecasts if not own_sandbox(each.plan.provider, base_url) and _calls(each)]
    questions = [*_moved(forecasts, lineage)]
    if paid:
        questions.append(_money(paid, new_journal=new_journal))
    for question in questions:
        if yes:
            continue
        if not sys.stdin.isatty():
            raise PlanError(f"{question}\nNobody can be asked here: say --yes to go on, nothing was sent.")
        click.confirm(question, abort=True, err=True)


def _calls(forecast: Forecast) -> int:
    return forecast.ceiling.calls + forecast.after.high


def _money(paid: Sequence[Forecast], *, new_journal: bool) -> str:
    words = [f"{_amounts(each)} for plan {each.plan.name} at {each.plan.provider.account}" for each in paid]
    new = "This journal is new: nothing made earlier is known here, so nothing is reused. "
    return f"{new if new_journal else ''}This may send at most {' and '.join(words)}. Go on?"


def _amounts(forecast: Forecast) -> str:
    most, currency = forecast.ceiling, forecast.plan.prices.currency or ""
    units = "an unknown number of units" if most.units is None else f"{most.units.normalize():f} units"
    cost = "a cost nobody wrote under prices" if most.cost is None else f"{most.cost:f} {currency}".rstrip()
    later = f", and {forecast.after.high} more calls after your choices" if forecast.after.high else ""
    return f"{_calls(forecast) - forecast.after.high} paid calls ({units}, {cost}{later})"


def _moved(forecasts: Sequence[Forecast], lineage: Lineage) -> list[str]:
    """A plan of a known name from another place: perhaps another plan."""
    found = []
    for plan in (each.plan for each in forecasts):
        known = lineage.plans.get(plan.name)
        if known is not None and known.path is not None and not _same(plan, known.path):
            found.append(
                f"The journal knows plan {plan.name} from {known.path}, and this one is {plan.path}. "
                "Is it the same plan, to be gone on with?"
            )
    return found


def _same(plan: Plan, path: str) -> bool:
    return plan.path is not None and Path(plan.path).resolve() == Path(path).resolve()

"""What every reading command begins with: the journal, what it adds up to, and how it looks now."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from orchestrator.budget import Ledger, ledger
from orchestrator.errors import PlanError
from orchestrator.facts import RunBegan
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Run, views_of
from orchestrator.report import PlanKnown
from orchestrator.store import Home, open_reader


@dataclass(frozen=True, slots=True)
class Known:
    """A journal read to its end; `run` is the newest one in it."""

    home: Home
    lineage: Lineage
    ledger: Ledger
    run: Run
    now: datetime
    plans: tuple[PlanKnown, ...]

    @property
    def views(self) -> tuple[ChainView, ...]:
        """The chains of all plans whose text still holds."""
        return tuple(view for plan in self.plans for view in plan.views)


def read(home: Home) -> Known:
    """Everything the journal there says; nothing at all where there is none.

    Chains look as they did to the newest run, so that what it held for a person is still held.
    """
    now = datetime.now(UTC)
    lineage, run = Lineage(), Run("", 0, now)
    if home.exists:
        with open_reader(home) as reader:
            for recorded in reader.facts():
                fact = recorded.fact
                if isinstance(fact, RunBegan) and fact.run != run.id:
                    run = Run(fact.run, recorded.position - 1, fact.at)
                lineage.apply(recorded)
    book = ledger(lineage)
    plans = tuple(_known(began, lineage, book, now, run) for began in lineage.plans.values())
    return Known(home, lineage, book, run, now, plans)


def _known(began: RunBegan, lineage: Lineage, book: Ledger, now: datetime, run: Run) -> PlanKnown:
    try:
        plan = parsed(began)
    except PlanError as error:
        return PlanKnown(began.plan, began.path, None, (), str(error))
    views = tuple(views_of(plan, lineage, book, now, run).values())
    return PlanKnown(began.plan, began.path, plan.provider, views)


def parsed(began: RunBegan) -> Plan:
    """The plan as it was when its newest run began: PlanError where its text no longer holds."""
    from orchestrator.planfile import parse

    return parse(began.text.encode(), began.path or f"{began.plan}.yaml")


def columns() -> int:
    """How wide text may be: the terminal's width, and room enough where there is none."""
    if not sys.stdout.isatty():
        return 100
    return max(40, shutil.get_terminal_size().columns)


def nothing_yet(home: Home, *, as_json: bool, empty: Mapping[str, object] | list[object]) -> None:
    """Said kindly where no journal is: on stderr, so that scripts read an empty answer."""
    from orchestrator.report import json_text

    click.echo(f"There is no journal in {home.place} yet: nothing has been run from here.", err=True)
    if as_json:
        click.echo(json_text(empty))

"""The plans of a journal as they are written today: their files, else the text the journal kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from orchestrator.facts import RunBegan
    from orchestrator.lineage import Lineage
    from orchestrator.plan import Plan


def read_again(began: RunBegan) -> Plan:
    """The plan from its file, else from the text the journal kept, which is said; PlanError."""
    from orchestrator.planfile import load, parse

    if began.path is not None and Path(began.path).exists():
        return load(began.path)
    where = began.path or began.plan
    if began.path is None:  # it was never in a file: `extend` made it
        return replace(parse(began.text.encode(), f"{began.plan}.yaml"), path=None)
    click.echo(f"{where}: the file is gone; going on with the text of its last run.", err=True)
    try:
        return parse(began.text.encode(), began.path or f"{began.plan}.yaml")
    except PlanError as error:
        # The journal keeps a plan's text, but not the images and files of prompts that it names.
        raise PlanError(
            f"{error}\n{where}: the kept text needs files that are gone too; put them back, or write it anew"
        ) from error


def begun(name: str, lineage: Lineage) -> RunBegan:
    """The newest run of the plan with this name: PlanError when there is none."""
    if name not in lineage.plans:
        known = ", ".join(sorted(lineage.plans)) or "none"
        raise PlanError(f"{name}: no such file, and no such plan in the journal; it knows: {known}")
    return lineage.plans[name]


def plan_named(word: str, lineage: Lineage) -> str:
    """The name of the plan that this file or name means: PlanError when the journal does not know it."""
    from orchestrator.planfile import load

    return begun(load(word).name if Path(word).exists() else word, lineage).plan


def plans_of_today(lineage: Lineage) -> Iterable[Plan]:
    """Every plan the journal knows: PlanError for one that does not hold any more."""
    return (read_again(each) for each in lineage.plans.values())

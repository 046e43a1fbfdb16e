"""`orchestrate lineage path | diff | export`: one film as a script, two compared, and files for others."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli.options import json_option, state_option

if TYPE_CHECKING:
    from orchestrator.cli.reading import Known
    from orchestrator.identity import TakeKey
    from orchestrator.plan import Plan

_FORMATS = ("json", "graphml", "dot", "mermaid", "csv", "prov")


class Second(click.ParamType[Decimal]):
    """A second of a film, written as players show it or as a number."""

    name = "second"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The seconds that were typed."""
        if isinstance(value, Decimal):
            return value
        found = re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)\s*s?", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a second of a film; write it like 97 or 1:37.", param, ctx)
        return 60 * Decimal(found[1] or 0) + Decimal(found[2])


@click.command()
@click.argument("node")
@click.option("--at", type=Second(), metavar="SECOND", help="Only the step that made it: 97 or 1:37.")
@json_option()
@state_option
def path(node: str, at: Decimal | None, as_json: bool, state: str | None) -> None:
    """Print the way from the source to a take: which prompt made which seconds."""
    from orchestrator.cli.reading import columns, reading
    from orchestrator.report import json_text, path_json, path_text, places_of, scene_at, scenes
    from orchestrator.store import find_home

    with reading(find_home(state)) as known:
        key = known.find(node)
        found = scenes(known.lineage, key, places_of(known.wanting([key])))
    if at is not None:
        found = (scene_at(found, at),)
    click.echo(json_text(path_json(found)) if as_json else path_text(found, columns()))


@click.command()
@click.argument("first")
@click.argument("second")
@json_option()
@state_option
def diff(first: str, second: str, as_json: bool, state: str | None) -> None:
    """Compare two takes or two plans: where they part, and their prompts word by word.

    A plan is named as the journal knows it, or by its file. What is gone stands in [-…-], what is new
    in {+…+}.
    """
    from orchestrator.cli.reading import columns, reading
    from orchestrator.report import (
        difference_json,
        difference_text,
        film_difference,
        json_text,
        places_of,
        plan_difference,
        scenes,
    )
    from orchestrator.store import find_home

    with reading(find_home(state)) as known:
        plans = _plan(first, known), _plan(second, known)
        if plans[0] is not None and plans[1] is not None:
            found = plan_difference(plans[0], plans[1])
        else:
            keys = known.find(first), known.find(second)
            places = places_of(known.wanting(keys))
            films = [scenes(known.lineage, key, places) for key in keys]
            found = (film_difference(films[0], films[1]),)
    click.echo(json_text(difference_json(found)) if as_json else difference_text(found, columns()))


@click.command()
@click.argument("what", required=False, metavar="[PLAN|NODE]")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="json", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
@state_option
def export(what: str | None, form: str, output: Path | None, state: str | None) -> None:
    """Write the videos for other programs: all, those of a plan, or a film and what grew from it.

    json is networkx's node-link form, prov is W3C PROV-JSON; graphml, dot, mermaid and csv are what
    they are everywhere.
    """
    from orchestrator.cli.files import written
    from orchestrator.cli.reading import reading
    from orchestrator.lineage import Format, exported
    from orchestrator.store import find_home

    with reading(find_home(state)) as known:
        document = exported(known.lineage, Format(form), _part(what, known))
    written(output, document)


def _plan(text: str, known: Known) -> Plan | None:
    """The plan of that name in the journal, or of that file."""
    from orchestrator.cli.kept import parsed
    from orchestrator.planfile import load

    if text in known.lineage.plans:
        return parsed(known.lineage.plans[text])
    if text.endswith((".yaml", ".yml")) and Path(text).is_file():
        return load(text)
    return None


def _part(what: str | None, known: Known) -> set[TakeKey] | None:
    from orchestrator.cli.lineage import drawn
    from orchestrator.report import forest

    if what is None:
        return None
    if what in known.lineage.plans:
        return set(drawn(what, known).shown)
    key = known.find(what)
    below = forest(known.lineage, (), known.now, roots=[key], everything=True).shown
    return {*below, *(video.take for video in known.lineage.path(key))}

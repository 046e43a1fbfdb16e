"""Whose films are joined: the chains that words mean, what of them is missing, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from orchestrator.cli.reading import Known
    from orchestrator.media import Piece
    from orchestrator.planner import ChainView
    from orchestrator.report import Part


def views_meant(what: Sequence[str], known: Known) -> list[ChainView]:
    """The chains these words mean, each once, in the order of the words and of their plans."""
    found: dict[tuple[str, str], ChainView] = {}
    for word in what:
        for view in _meant(word, known):
            found.setdefault((view.plan, view.chain.name), view)
    return list(found.values())


def _meant(word: str, known: Known) -> Sequence[ChainView]:
    from orchestrator.planfile import load
    from orchestrator.planner import views_of
    from orchestrator.report import clean

    if Path(word).is_file():
        return list(views_of(load(word), known.lineage, known.ledger, known.now, known.run).values())
    if word in known.lineage.plans:
        return known.of_plan(word)
    written = {began.plan for began in known.lineage.plans.values() if began.path is not None}
    named = [
        view for view in known.called(word) if word in (view.chain.name, f"{view.plan}:{view.chain.name}")
    ]
    # What somebody wrote comes before the plans of single steps that `extend` makes.
    named = [view for view in named if view.plan in written] or named
    if not named:
        raise PlanError(f"{clean(word)}: no such plan file, and no such plan or chain in the journal")
    if len(named) > 1:
        choices = ", ".join(f"{view.plan}:{view.chain.name}" for view in named)
        raise PlanError(f"{clean(word)} can be any of {choices}; say which")
    return named


def tell_missing(views: Sequence[ChainView], those: Sequence[Part]) -> bool:
    """Say what is not whole or gives nothing; whether anything is missing."""
    from orchestrator.planner import Finish
    from orchestrator.report import clean

    joined = {(part.view.plan, part.view.chain.name) for part in those}
    short = False
    for view in views:
        name, (state, because) = clean(f"{view.plan}:{view.chain.name}"), view.standing
        if view.tip is None:
            click.echo(f"{name}: left out, nothing of it is made yet", err=True)
        elif (view.plan, view.chain.name) not in joined:
            click.echo(f"{name}: adds nothing, the films before it show all of it", err=True)
            continue
        elif not isinstance(view.end, Finish):
            click.echo(f"{name}: joined as far as it goes ({state}: {clean(because)})", err=True)
        else:
            continue
        short = True
    return short


def piece(part: Part, known: Known, *, quiet: bool) -> Piece:
    """The file of a part: PlanError where it is not here."""
    from orchestrator.cli.vaulting import brought, vaults_here
    from orchestrator.media import Piece, has_manifest
    from orchestrator.report import clean

    name = clean(f"{part.view.plan}:{part.view.chain.name}")
    kept = part.film.kept
    file = None if kept is None else known.home.folder / kept.path
    if kept is not None and file is not None and not file.is_file():
        brought(vaults_here(known), known.home.folder, kept)
    if file is None or not file.is_file():
        raise PlanError(f"the film of {name} is not here: orchestrate fetch {part.film.take[:8]}")
    if not quiet and has_manifest(file):
        click.echo(f"{name}: its C2PA manifest speaks of that file alone and is not carried over", err=True)
    return Piece(file, part.since, part.marks, part.until)

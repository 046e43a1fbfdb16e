"""`orchestrate gc`: removes kept files that no plan needs, and that could be fetched again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from orchestrator.cli.options import json_option, state_option

if TYPE_CHECKING:
    from orchestrator.cli.reading import Known
    from orchestrator.identity import TakeKey
    from orchestrator.planner import ChainView
    from orchestrator.report import Swept
    from orchestrator.store import OpenJournal


@click.command()
@click.argument("plans", nargs=-1, metavar="[PLAN...]")
@click.option(
    "--keep",
    "keeping",
    type=click.Choice(("all", "tips", "picked")),
    required=True,
    help="tips: the whole film of every chain; picked: all picked files on the way to it.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--force", is_flag=True, help="Also what the provider no longer has, or purges within a day.")
@json_option()
@state_option
def gc(
    plans: tuple[str, ...], keeping: str, dry_run: bool, force: bool, as_json: bool, state: str | None
) -> None:
    """Remove kept files that no plan needs any more.

    Every file holds the whole film up to there, so a disk fills with the square of the length. What any
    plan of the journal needs as it is written today stays, and so does what could not be fetched again.
    Beginnings of downloads that no run goes on with are removed as well.
    PLAN (a file, or a name in the journal): only files that were made for it. `orchestrate fetch` brings
    files back. Not while a run is going on.
    """
    from orchestrator.cli.reading import nothing_yet, read
    from orchestrator.report import json_text, swept_json, swept_text
    from orchestrator.store import find_home, open_journal

    home = find_home(state, [Path(plan) for plan in plans if Path(plan).exists()])
    if not home.exists:
        nothing_yet(home, as_json=as_json, empty={})
        return
    with ExitStack() as stack:
        journal = None
        if not dry_run:
            journal = stack.enter_context(open_journal(home, submitter=True, spending=False))
        known = read(home)
        views = _views(known)
        swept = _swept(known, views, keeping, _among(plans, known, views), force=force, dry=dry_run)
        if journal is not None:
            anyio.run(_drop, known, journal, tuple(swept.frees), keeping)
    if as_json:
        click.echo(json_text(swept_json(swept, known.lineage, views)))
    else:
        click.echo(swept_text(swept, known.lineage, views))


def _views(known: Known) -> tuple[ChainView, ...]:
    """What every plan of the journal wants today: PlanError where one does not hold, for it may want all."""
    from orchestrator.cli.today import plans_of_today
    from orchestrator.planner import views_of

    return tuple(
        view
        for plan in plans_of_today(known.lineage)
        for view in views_of(plan, known.lineage, known.ledger, known.now, known.run).values()
    )


def _among(plans: tuple[str, ...], known: Known, views: tuple[ChainView, ...]) -> frozenset[TakeKey] | None:
    """The takes that were made for these plans, or that they want; None for all."""
    from orchestrator.cli.today import plan_named

    if not plans:
        return None
    names = {plan_named(each, known.lineage) for each in plans}
    wanted = {key for view in views if view.plan in names for key in view.consulted}
    made = {
        key
        for key, take in known.lineage.takes.items()
        if any(attempt.begun.plan in names for attempt in take.attempts)
    }
    return frozenset(wanted | made)


def _swept(
    known: Known,
    views: tuple[ChainView, ...],
    keeping: str,
    among: frozenset[TakeKey] | None,
    *,
    force: bool,
    dry: bool,
) -> Swept:
    """What goes and what does not, as the files lie on the disk now."""
    from orchestrator.planner import Keeping, thinning
    from orchestrator.report import Swept
    from orchestrator.runner import footprint

    found = thinning(known.lineage, views, Keeping(keeping), known.now, among)
    going = (*found.going, *found.spared) if force else found.going
    leaving = {video.take for video in going}
    prints = [footprint(known.home.folder, video) for video in known.lineage.videos() if video.kept]
    return Swept(
        keeping=keeping,
        dry=dry,
        frees={each.video.take: each.frees for each in prints if each.video.take in leaving},
        spared=() if force else tuple(video.take for video in found.spared),
        missing=tuple(each.video.take for each in prints if not each.here and each.video.take not in leaving),
    )


async def _drop(known: Known, journal: OpenJournal, takes: tuple[TakeKey, ...], keeping: str) -> None:
    from orchestrator.runner import SystemClock, drop, drop_beginnings

    videos = [video for key in takes if (video := known.lineage.video(key)) is not None]
    await drop(known.home.folder, journal, SystemClock(), videos, f"gc --keep {keeping}")
    drop_beginnings(known.home.folder, known.lineage.unkept)

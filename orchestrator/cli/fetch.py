"""`orchestrate fetch`: brings back the files of videos that the provider still has; free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from orchestrator.cli.options import base_url_option, state_option
from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrator.cli.reading import Known
    from orchestrator.facts import Recorded
    from orchestrator.identity import TakeKey
    from orchestrator.lineage import Lineage, Video
    from orchestrator.planner import ChainView, Place
    from orchestrator.runner import Fetched


@click.command()
@click.argument("what", nargs=-1, metavar="[NODE|PLAN...]")
@click.option("--all", "everything", is_flag=True, help="Every video of the journal.")
@state_option
@base_url_option
def fetch(what: tuple[str, ...], everything: bool, state: str | None, base_url: str | None) -> int:
    """Bring back files that can still be had, for nothing.

    What `gc` removed, what is missing on the disk, and what never came: from shared storage where a plan
    names an `archive`, else looked up at the provider and downloaded again while its 30 days last. What
    has expired is written down as lost. NODE is one video, PLAN (a file, or a name in the journal) all of
    its videos. Not while a run is going on.
    """
    from orchestrator.cli.exits import Exit
    from orchestrator.cli.reading import read
    from orchestrator.report import plural
    from orchestrator.runner import absentees
    from orchestrator.store import find_home

    if not what and not everything:
        raise PlanError("say which: a NODE such as koi.7, a PLAN, or --all")
    home = find_home(state, [Path(each) for each in what if Path(each).exists()])
    known = read(home)
    videos = known.lineage.videos() if everything else _meant(what, known)
    if _brought_back(known, videos):
        known = read(home)
        videos = known.lineage.videos() if everything else _meant(what, known)
    missing = absentees(home.folder, videos, known.now)
    if missing.expired:
        _give_up(known, missing.expired)
        count = plural(len(missing.expired), "file")
        click.echo(f"{count} can no longer be had: the provider purges after 30 days", err=True)
    if not missing.young:
        click.echo("Nothing is missing here that could be fetched.", err=True)
        return Exit.PARTIAL if missing.expired else Exit.DONE
    fetched = anyio.run(_fetch, known, missing.young, base_url)
    missed = f"; {len(fetched.missed)} did not come: try again later" if fetched.missed else ""
    click.echo(f"{plural(len(fetched.kept), 'file')} fetched{missed}", err=True)
    return Exit.PARTIAL if fetched.missed or missing.expired else Exit.DONE


def _meant(what: Sequence[str], known: Known) -> tuple[Video, ...]:
    """The videos that these words mean, each once: a plan's name comes before a node's."""
    from orchestrator.cli.today import plan_named
    from orchestrator.report import find

    keys: dict[TakeKey, None] = {}
    for word in what:
        if word in known.lineage.plans or Path(word).exists():
            name = plan_named(word, known.lineage)
            keys |= dict.fromkeys(key for view in known.views if view.plan == name for key in view.consulted)
            keys |= {
                key: None
                for key, take in known.lineage.takes.items()
                if any(attempt.begun.plan == name for attempt in take.attempts)
            }
        else:
            keys[find(word, known.lineage, known.views)] = None
    return tuple(video for key in keys if (video := known.lineage.video(key)) is not None)


def _brought_back(known: Known, videos: Sequence[Video]) -> int:
    """How many films came from the plans' shared storage, where what the provider has purged is still."""
    from orchestrator.cli.vaulting import restored, vaults_here
    from orchestrator.report import plural

    total = 0
    for vault in vaults_here(known):
        came = restored(vault, known, videos, lambda text: click.echo(text, err=True))
        if came:
            click.echo(f"{plural(len(came), 'film')} brought back from {vault.url}", err=True)
        videos, total = [video for video in videos if video.take not in came], total + len(came)
    return total


def _give_up(known: Known, videos: Sequence[Video]) -> None:
    from orchestrator.runner import give_up
    from orchestrator.store import open_journal

    with open_journal(known.home, submitter=True, spending=False) as journal:
        anyio.run(give_up, journal, videos, known.now)


async def _fetch(known: Known, videos: Sequence[Video], base_url: str | None) -> Fetched:
    from orchestrator.cli.accounts import plan_for
    from orchestrator.cli.opening import opened
    from orchestrator.lineage import Lineage
    from orchestrator.report import places_of
    from orchestrator.runner import absentees, fetch

    accounts = dict.fromkeys(video.account for video in videos)
    plans = tuple(plan_for(account, known.lineage) for account in accounts)
    async with opened(plans, known.home, base_url, _Teller(places_of(known.views))) as outside:
        # Looked at again under the lock: what a run has kept meanwhile is not fetched twice.
        lineage = Lineage(await outside.journal.read(0))
        those = [video for each in videos if (video := lineage.video(each.take)) is not None]
        missing = absentees(known.home.folder, those, outside.clock.now()).young
        settings = {plan.provider.account: plan.provider for plan in plans}
        return await fetch(missing, settings, outside, lineage)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says on stderr which file came, and what went wrong."""

    places: Mapping[TakeKey, tuple[Place, ...]]

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A file came."""
        from orchestrator.facts import VideoKept
        from orchestrator.report import name_of

        fact = recorded.fact
        if isinstance(fact, VideoKept):
            self.said(f"{name_of(fact.take, lineage, self.places)}: {fact.path} ({fact.size / 1e6:.1f} MB)")

    def planned(self, view: ChainView) -> None:
        """Nothing is planned here."""

    def said(self, message: str) -> None:
        """A line for people."""
        from orchestrator.report import clean

        click.echo(clean(message), err=True)

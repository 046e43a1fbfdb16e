"""`orchestrate serve`: the page of the lineage, live while a run goes on in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from orchestrator.cli.options import state_option

if TYPE_CHECKING:
    from orchestrator.facts import Recorded, VideoKept
    from orchestrator.identity import TakeKey
    from orchestrator.planner import Place
    from orchestrator.store import Home, Reader
    from orchestrator.web import Answer, Request, Site


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8767, show_default=True, help="0: any free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; others can look on.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name of this machine to answer under.")
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@state_option
def serve(port: int, host: str, allow_host: tuple[str, ...], opens: bool, state: str | None) -> None:
    """Serve the page of the lineage, live while a run goes on.

    Films on a time axis: which prompt made which seconds, where it branched, what it cost. It only reads.
    Under /metrics there are the figures of the journal for Prometheus.
    Ctrl-C stops it.
    """
    import signal

    import anyio

    from orchestrator.store import find_home
    from orchestrator.web import is_loopback, listen, own_names

    home = find_home(state)
    with ExitStack() as stack:
        socket = stack.enter_context(listen(host, port))
        bound: int = socket.getsockname()[1]
        url = f"http://{f'[{host}]' if ':' in host else host}:{bound}/"
        whom = (
            "for this machine only" if is_loopback(host) else "and whoever reaches that address can look on"
        )
        feed = stack.enter_context(Feed(home))

        async def serving() -> signal.Signals:
            from orchestrator.web import serve

            site = _site(home, feed, own_names(host, bound, allow_host))
            # An open page never lets go of its stream of events by itself.
            return await serve(
                site, [socket], on_ready=lambda: _announce(url, whom, opens=opens), on_stop=site.close
            )

        stopped_by = anyio.run(serving)
    # Only now, so that the socket and the journal are closed before the process ends.
    signal.raise_signal(stopped_by)


class Feed:
    """The facts of a journal that may not be there yet."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._reader: Reader | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def newer(self, position: int) -> Iterable[Recorded]:
        """The facts beyond a position, as of now."""
        from orchestrator.store import open_reader

        if self._reader is None:
            if not self._home.exists:
                return ()
            self._reader = self._stack.enter_context(open_reader(self._home))
        if self._reader.position == position:
            return ()
        return tuple(self._reader.facts(position))


def _site(home: Home, feed: Feed, is_ours: Callable[[str], bool]) -> Site:
    """The page, and the figures for Prometheus beside it."""
    from orchestrator.cli.measuring import PATH, Measures, of_journal
    from orchestrator.report import LIVE_POLICY, Page, Telling, live_film
    from orchestrator.web import Site, Workbench

    telling = Telling(_places(home), live_film)
    page = Page(home.folder, telling, feed.newer, lambda: datetime.now(UTC), _bringing(home))
    workbench, measures = Workbench(1), Measures(lambda: of_journal(home))

    async def answer(request: Request) -> Answer | None:
        if request.scope["path"] == PATH:
            return await workbench.do(measures.body)
        return await page.answer(request)

    return Site(answer, is_ours, LIVE_POLICY)


def _places(home: Home) -> Mapping[TakeKey, tuple[Place, ...]]:
    from orchestrator.cli.reading import read
    from orchestrator.report import places_of

    return places_of(read(home).views)


def _bringing(home: Home) -> Callable[[VideoKept], bool] | None:
    """For films that are not here: the shared storage of the plans, where they name one."""
    from orchestrator.cli.reading import read
    from orchestrator.cli.vaulting import brought, vaults_here

    vaults = vaults_here(read(home))
    return (lambda kept: brought(vaults, home.folder, kept)) if vaults else None


def _announce(url: str, whom: str, *, opens: bool) -> None:
    click.echo(url)
    click.echo(f"Serving the lineage there, {whom}. Ctrl-C stops it.", err=True)
    if opens:
        click.launch(url)

"""`orchestrate worker`: works on what was handed over in a shared journal, beside any number of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from orchestrator.cli.callbacks import Callbacks, CallbackWishes, callback_options, receiving
from orchestrator.cli.options import base_url_option, state_option
from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AsyncExitStack

    from orchestrator.cli.signals import Caught
    from orchestrator.cli.spans import Spans
    from orchestrator.cli.vaulting import Sending
    from orchestrator.cluster import Worker
    from orchestrator.errors import OrchestratorError
    from orchestrator.facts import Recorded, VideoKept
    from orchestrator.lineage import Lineage
    from orchestrator.plan import Downloads, ProviderSettings
    from orchestrator.planner import ChainView
    from orchestrator.ports import Clock, Provider
    from orchestrator.store import Home

_HANGS = (
    "This worker hangs: nothing in it has moved for a quarter of an hour, which is our bug. It ends here; "
    "others have its chains, and nothing is lost. Start it again."
)


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="At most N groups of connected chains at once.",
)
@click.option(
    "--downloads",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    metavar="N",
    help="At most N films are fetched here at once.",
)
@click.option(
    "--download-rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MB",
    help="At most MB (10^6 bytes) a second for all of them; default: as many as come.",
)
@click.option("--metrics", metavar="HOST:PORT", help="Show its figures for Prometheus there, at /metrics.")
@callback_options
@state_option
@base_url_option
def worker(
    concurrency: int,
    downloads: int,
    download_rate: float | None,
    metrics: str | None,
    callback_url: str | None,
    callback_listen: str | None,
    state: str | None,
    base_url: str | None,
) -> None:
    """Work on what `run --detach` hands over, beside others, on any machines.

    The journal must be in PostgreSQL (--state or ORCHESTRATE_STATE); keys are this worker's own. SIGTERM or
    Ctrl-C drains it: nothing new is sent, answers are waited for, and others go on with its chains.
    """
    from decimal import Decimal

    import anyio

    from orchestrator.cli.shared import shared_home
    from orchestrator.cli.signals import Caught
    from orchestrator.plan import Downloads

    home = shared_home(state)
    caught = Caught(lambda: None)
    if callback_listen is not None and callback_url is None:
        raise PlanError(
            "--callback-listen needs --callback-url, the address that this worker's provider is told"
        )
    with receiving(CallbackWishes(callback_url, callback_listen), (), base_url) as callbacks:
        rate = None if download_rate is None else Decimal(str(download_rate))
        wanted = _Wanted(concurrency, Downloads(downloads, rate), base_url, metrics, callbacks)
        anyio.run(_work, home, wanted, caught)
    caught.die()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options of a worker say."""

    concurrency: int
    downloads: Downloads
    base_url: str | None
    metrics: str | None
    callbacks: Callbacks


@dataclass(slots=True)
class _Reach:
    """The providers of a worker: by account, opened when a share needs it, anew where settings changed."""

    stack: AsyncExitStack
    wanted: _Wanted
    clock: Clock
    providers: dict[str, Provider] = field(default_factory=dict)
    opened: dict[str, ProviderSettings] = field(default_factory=dict)

    async def open(self, settings: ProviderSettings) -> None:
        """Have it at hand: CredentialsError or PlanError where this machine cannot."""
        import os

        from orchestrator.provider import open_provider

        if self.opened.get(settings.account) == settings:
            return
        base_url, url = self.wanted.base_url, self.wanted.callbacks.url
        provider = open_provider(
            settings, base_url=base_url, environ=os.environ, clock=self.clock, callback_url=url
        )
        self.providers[settings.account] = await self.stack.enter_async_context(provider)
        self.opened[settings.account] = settings


async def _work(home: Home, wanted: _Wanted, caught: Caught) -> None:
    import os
    import socket
    from contextlib import AsyncExitStack
    from dataclasses import replace

    from orchestrator.cli.measuring import of_work, shown
    from orchestrator.cli.notifying import notifying_of_all
    from orchestrator.cli.reading import read
    from orchestrator.cli.shared import queue_of
    from orchestrator.cli.vaulting import bringing, own_vault, sending
    from orchestrator.cli.whereabouts import place_of
    from orchestrator.cluster import Worker
    from orchestrator.runner import DiskArchive, Outside, SystemClock, in_thread
    from orchestrator.store import open_journal

    log = _Log(lambda line: click.echo(line, err=True))
    async with AsyncExitStack() as stack:
        journal = stack.enter_context(open_journal(home, submitter=True))
        # Its time counts for all workers, whatever their own clocks say.
        clock = SystemClock(journal.now())
        reach = _Reach(stack, wanted, clock)
        # Plans come from whoever hands them over; where films go is the worker's own environment's to say.
        vault = own_vault()
        films = sending(vault, home.folder, read(home).lineage.videos() if vault is not None else ())
        bring = bringing(vault, home.folder)
        archive = DiskArchive(home.folder, in_thread, downloads=wanted.downloads, bring=bring)
        outside = Outside(journal, reach.providers, archive, clock, log, glance=0.1)
        name = f"{socket.gethostname()}-{os.getpid()}"
        worker = Worker(outside, name, reach.open, lambda: queue_of(home), wanted.concurrency)

        await stack.enter_async_context(
            shown(
                wanted.metrics, lambda: of_work(worker.loop.knowledge, reach.opened.values(), clock), log.said
            )
        )

        news = replace(notifying_of_all(worker.loop.knowledge.lineage.stops), place=place_of(home))
        log.looked = await stack.enter_async_context(news.heralded(clock, log.said))
        await stack.enter_async_context(wanted.callbacks.heard(worker.loop.hint, log.said))
        log.said(f"worker {name} works for {home.place}; files are kept in {home.folder}")
        failure = await _worked(worker, films, log, caught)
    if failure is not None:
        raise failure


async def _worked(worker: Worker, films: Sending, log: _Log, caught: Caught) -> OrchestratorError | None:
    """Until it is drained; the error that it could not go on with, for the groups here would wrap it."""
    import anyio

    from orchestrator.cli.signals import listen
    from orchestrator.cli.spans import spans
    from orchestrator.cli.watchdog import ending_where_it_hangs
    from orchestrator.errors import OrchestratorError

    def drain(message: str) -> None:
        log.said(message)
        worker.drain()

    failure: OrchestratorError | None = None
    async with anyio.create_task_group() as beside:
        await beside.start(listen, caught, drain)
        async with films.beside(log.said, lambda: caught.number is not None) as log.kept:
            try:
                with spans("worker") as log.spans, ending_where_it_hangs(lambda: worker.hung, _HANGS):
                    log.in_hand = worker.has_in_hand
                    await worker.work()
            except OrchestratorError as error:
                failure = error
        beside.cancel_scope.cancel()
    return failure


class _Log:
    """A line with the time for what a worker has to say, and for every chain that comes to an end there."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._ended: dict[tuple[str, str], str] = {}
        self.kept: Callable[[VideoKept], None] | None = None
        self.looked: Callable[[ChainView], None] = lambda _view: None
        self.spans: Spans | None = None
        self.in_hand: Callable[[Recorded, Lineage], bool] = lambda _recorded, _lineage: False

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written, here or elsewhere; `kept` hears of films, spans are of what is in hand."""
        from orchestrator.facts import VideoKept

        if self.kept is not None and isinstance(recorded.fact, VideoKept):
            self.kept(recorded.fact)
        if self.spans is not None and self.in_hand(recorded, lineage):
            self.spans.happened(recorded, lineage)

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew."""
        self.looked(view)
        name, (state, because) = (view.plan, view.chain.name), view.standing
        if view.end is not None and self._ended.get(name) != state:
            self._ended[name] = state
            self.said(f"{view.plan}:{view.chain.name}: {state}: {because}")

    def said(self, message: str) -> None:
        """Something worth a line."""
        from datetime import UTC, datetime

        from orchestrator.cli.logs import structured, talk
        from orchestrator.report import clean

        if structured():
            talk(clean(message))
        else:
            self._write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {clean(message)}")

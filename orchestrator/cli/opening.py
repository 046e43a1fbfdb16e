"""Opens what a run needs, in the order in which it must be closed: journal, sandbox, providers, archive."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from orchestrator.errors import OrchestratorError
from orchestrator.plan import Downloads, Plan, ProviderSettings
from orchestrator.ports import Provider, Reporter
from orchestrator.provider import CALLBACK_SECRET, base_url_variable, host_for, key_for, open_provider
from orchestrator.runner import DiskArchive, Outside, SystemClock, in_thread
from orchestrator.sandbox import SandboxOptions, run_child
from orchestrator.store import Home, open_journal


def own_sandbox(settings: ProviderSettings, base_url: str | None) -> bool:
    """Our own child process answers: free, so nobody is asked."""
    elsewhere = base_url or settings.base_url or os.environ.get(base_url_variable(settings))
    return settings.name == "sandbox" and not elsewhere


def require_access(plans: Sequence[Plan], base_url: str | None) -> None:
    """PlanError or CredentialsError for a host or key that is missing, before a person is asked anything."""
    for settings in dict.fromkeys(plan.provider for plan in plans):
        if not own_sandbox(settings, base_url):
            host_for(settings, base_url, os.environ)
            key_for(settings, os.environ, SystemClock())


@asynccontextmanager
async def opened(
    plans: Sequence[Plan],
    home: Home,
    base_url: str | None,
    reporter: Reporter,
    callback_url: str | None = None,
    bring: Callable[[str], bool] | None = None,
    lost: Callable[[OrchestratorError], None] = lambda _error: None,
) -> AsyncIterator[Outside]:
    """Everything a run reaches the world through; this process is the one submitter meanwhile.

    `bring` puts a film in its place that is kept, but not here; `lost` hears of a sandbox of our own that
    ended before it was left. JournalBusyError at once when another process is; CredentialsError before
    anything is sent.
    """
    async with AsyncExitStack() as stack:
        journal = stack.enter_context(open_journal(home, submitter=True))
        # Where machines share a journal, its time counts for all, whatever their own clocks say.
        clock = SystemClock(journal.now())
        providers: dict[str, Provider] = {}
        for plan in plans:
            settings = plan.provider
            if settings.account in providers:
                continue
            where = base_url
            if own_sandbox(settings, base_url):
                where = await stack.enter_async_context(_sandbox(settings, home, lost))
            providers[settings.account] = await stack.enter_async_context(
                open_provider(
                    settings, base_url=where, environ=os.environ, clock=clock, callback_url=callback_url
                )
            )
        downloads = Downloads.tightest(plan.downloads for plan in plans)
        archive = DiskArchive(home.folder, in_thread, downloads=downloads, bring=bring)
        outside = Outside(journal, providers, archive, clock, reporter)
        # A database tells what others wrote: to look whether it did costs nothing there.
        yield outside if home.database is None else replace(outside, glance=0.2)


@asynccontextmanager
async def _sandbox(
    settings: ProviderSettings, home: Home, lost: Callable[[OrchestratorError], None]
) -> AsyncIterator[str]:
    """A sandbox of our own, its world kept in the state folder, gone when the run is."""
    label = settings.account_label or "world"
    options = SandboxOptions(
        state=home.folder / "sandbox" / label,
        speed=settings.speed,
        slots=settings.concurrency,
        offers_list=True,
        callback_secret=os.environ.get(CALLBACK_SECRET, "").strip(),
    )
    async with run_child(options, ended=lost) as ready:
        yield ready.base_url

"""`/metrics` for Prometheus: what it answers, and never at the cost of more than a little of a core."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from orchestrator.plan import ProviderSettings
from orchestrator.web import Body, is_loopback, own_names

if TYPE_CHECKING:
    from orchestrator.ports import Clock
    from orchestrator.runner import Knowledge
    from orchestrator.store import Home
    from orchestrator.web import Answer, Request, Site

PATH = "/metrics"
_KIND = "text/plain; version=0.0.4; charset=utf-8"
_SHARE = 20
"""A text is made anew only after so many times as long as it took to make."""


class Measures:
    """The text of the figures; `measured` makes it anew, and may block. Errors are a 503 that names them."""

    def __init__(self, measured: Callable[[], str]) -> None:
        self._measured = measured
        self._text = ""
        self._fresh_until = 0.0

    def body(self) -> Body:
        """The newest text there may be."""
        from orchestrator.errors import OrchestratorError

        began = time.monotonic()
        if began >= self._fresh_until:
            try:
                self._text = self._measured()
            except OrchestratorError as error:
                return Body(f"{error}\n".encode(), "text/plain; charset=utf-8", 503)
            took = time.monotonic() - began
            self._fresh_until = began + took * _SHARE
        return Body(self._text.encode(), _KIND)


def of_journal(home: Home) -> str:
    """The figures of the journal there, read from its beginning to its end."""
    from orchestrator.cli.reading import read
    from orchestrator.report import figures_of, metrics_text

    known = read(home)
    settings = (plan.provider for plan in known.plans if plan.provider is not None)
    return metrics_text(figures_of(known.lineage, known.views, slots_of(settings), known.now))


def of_work(knowledge: Knowledge, settings: Iterable[ProviderSettings], clock: Clock) -> str:
    """The figures of a shared journal as a worker knows it; chains are those it has in hand."""
    from orchestrator.report import figures_of, metrics_text

    views = knowledge.views.values()
    return metrics_text(figures_of(knowledge.lineage, views, slots_of(settings), clock.now()))


def slots_of(settings: Iterable[ProviderSettings]) -> dict[str, int]:
    """Tasks at once that are allowed on each account, where several plans say so the least."""
    found: dict[str, int] = {}
    for each in settings:
        found[each.account] = min(found.get(each.account, each.concurrency), each.concurrency)
    return found


@asynccontextmanager
async def shown(
    address: str | None, measured: Callable[[], str], said: Callable[[str], None]
) -> AsyncIterator[None]:
    """Within the block, figures at HOST:PORT, where that is wanted; PlanError for no such address."""
    if address is None:
        yield
        return
    from orchestrator.cli.callbacks import address_of
    from orchestrator.web import listen, serving

    host, port = address_of(address, "--metrics")
    with listen(host, port, "--metrics") as bound:
        at = bound.getsockname()[1]
        async with serving(_site(Measures(measured), host, at), [bound]):
            said(f"figures are at http://{f'[{host}]' if ':' in host else host}:{at}{PATH}")
            yield


def _site(measures: Measures, host: str, port: int) -> Site:
    """Figures alone; elsewhere than on loopback under any name, for scrapers have theirs."""
    from orchestrator.web import Site

    async def answer(request: Request) -> Answer | None:
        return measures.body() if request.scope["path"] == PATH else None

    ours = own_names(host, port) if is_loopback(host) else lambda _name: True
    return Site(answer, ours, "default-src 'none'")

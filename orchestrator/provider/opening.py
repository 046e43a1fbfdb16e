"""Opens the HTTP clients of a provider: some for submissions, some for questions, one for files."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from orchestrator.errors import ProviderError
from orchestrator.plan import ProviderSettings
from orchestrator.ports import Clock, Provider
from orchestrator.provider.asking import PATIENCE, Asker
from orchestrator.provider.auth import Key, key_for
from orchestrator.provider.client import Client
from orchestrator.provider.files import Fetcher
from orchestrator.provider.hops import unread
from orchestrator.provider.hosts import Host, host_for
from orchestrator.provider.lanes import Lanes
from orchestrator.provider.messages import CONNECT, HEADERS
from orchestrator.provider.sending import Sender
from orchestrator.provider.verbatim import unsigned

_FRESH = httpx.Limits(max_connections=1, max_keepalive_connections=0)
_KEPT = httpx.Limits(max_connections=1, max_keepalive_connections=1)
_FILES = httpx.Limits(max_connections=16, max_keepalive_connections=8)
_POSTS, _QUESTIONS = 256, 32
"""Submissions and questions on their way at once, at most; further ones wait."""


@asynccontextmanager
async def opened(
    settings: ProviderSettings,
    *,
    base_url: str | None,
    environ: Mapping[str, str],
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    callback_url: str | None = None,
) -> AsyncIterator[Provider]:
    """The provider, open until the block ends; see `orchestrator.provider.open_provider`."""
    host = host_for(settings, base_url, environ)
    key = key_for(settings, environ, clock)
    network = _network(host, transport)
    async with AsyncExitStack() as stack:
        posts = await stack.enter_async_context(Lanes(partial(network.client, _FRESH), _POSTS))
        questions = await stack.enter_async_context(Lanes(partial(network.client, _KEPT), _QUESTIONS))
        files = await stack.enter_async_context(network.client(_FILES))
        yield Client(
            settings,
            host,
            Sender(posts, clock, key, settings.patience.answer, opaque=transport is not None),
            Asker(questions, clock, key),
            Fetcher(files, clock, host),
            callback_url,
        )


@asynccontextmanager
async def asking(
    host: Host, key: Key, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Asker]:
    """Only what asks, open until the block ends; ProviderError as `opened` raises it."""
    async with Lanes(partial(_network(host, transport).client, _KEPT), _QUESTIONS) as questions:
        yield Asker(questions, clock, key)


def _network(host: Host, transport: httpx.AsyncBaseTransport | None) -> _Network:
    _sign_nothing_in_logs()
    # Proxies of the environment are for the world outside; this machine is reached directly.
    return _Network(not host.local, _trust() if transport is None else True, transport)


class _NoCookies(httpx.Cookies):
    """Keeps none, and does not even read them, which costs more than the rest of an answer's head."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them where they are."""


class _HttpClient(httpx.AsyncClient):
    """A client that nobody recognises by a cookie."""

    @property
    def cookies(self) -> httpx.Cookies:
        """None, ever."""
        return _NoCookies()

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AssertionError(cookies)


@dataclass(frozen=True, slots=True)
class _Network:
    """What the clients share: proxies, trusted certificates, and what may stand for the network."""

    proxies: bool
    trust: ssl.SSLContext | bool
    transport: httpx.AsyncBaseTransport | None

    def client(self, limits: httpx.Limits) -> httpx.AsyncClient:
        """A client without keys and cookies: file hosts must not recognise who asked."""
        try:
            return _HttpClient(
                limits=limits,
                timeout=httpx.Timeout(PATIENCE, connect=CONNECT),
                headers=HEADERS,
                follow_redirects=False,
                event_hooks={"response": [unread]},
                trust_env=self.proxies,
                verify=self.trust,
                transport=self.transport,
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            words = f"the proxy in the environment cannot be used: {type(error).__name__}"
            raise ProviderError(words) from error


def _trust() -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        words = "the certificates named by SSL_CERT_FILE or SSL_CERT_DIR cannot be read"
        raise ProviderError(f"{words}: {error.strerror or error}") from error


def _sign_nothing_in_logs() -> None:
    # httpx logs whole URLs; those of files are signed, and whoever reads a log could fetch them.
    log = logging.getLogger("httpx")
    if _without_queries not in log.filters:
        log.addFilter(_without_queries)


def _without_queries(record: logging.LogRecord) -> bool:
    record.msg, record.args = unsigned(record.getMessage()), ()
    return True

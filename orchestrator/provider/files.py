"""Fetches files from wherever the provider keeps them, without any credential and from nowhere private."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import anyio
import httpx

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.ports import Clock, Download, Part
from orchestrator.provider.bodies import closing, pieces
from orchestrator.provider.failures import CAUGHT, unanswered
from orchestrator.provider.fields import waiting
from orchestrator.provider.hops import LOCATION
from orchestrator.provider.hosts import Host, is_local, is_private
from orchestrator.provider.ranges import asked_for, download_of, goes_on

HOPS = 3
"""Redirects that are followed, each looked at like the first URL."""

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The file side; `client` never holds a key."""

    client: httpx.AsyncClient
    clock: Clock
    host: Host

    @asynccontextmanager
    async def fetch(self, url: str, part: Part | None = None) -> AsyncIterator[Download]:
        """The file as it comes, after `part` where its host still has that content, else from its beginning.

        UnreachableError when trying again may help; ProviderError when only another URL can. The errors of
        whoever consumes the bytes pass through as they are.
        """
        target, hops = self._allowed(url), 0
        while hops <= HOPS:
            response = await self._begun(target, part)
            async with closing(response):
                if LOCATION in response.extensions:
                    target, hops = self._allowed(_next_hop(response)), hops + 1
                    continue
                if part is not None and response.status_code in (206, 416) and not goes_on(response, part):
                    part = None  # it answers another range than the rest of this content: all of it, then
                    continue
                self._require_file(response, part)
                async with pieces(response) as raw, aclosing(_chunks(raw, response.url.host)) as chunks:
                    yield download_of(response, chunks, part)
                return
        raise ProviderError(f"the file's link redirects more than {HOPS} times")

    async def _begun(self, target: httpx.URL, part: Part | None) -> httpx.Response:
        with anyio.move_on_after(_PATIENCE):
            try:
                request = self.client.build_request("GET", target, headers=asked_for(part))
                return await self.client.send(request, stream=True, follow_redirects=False)
            except CAUGHT as error:
                raise unanswered(error, f"the file at {target.host}") from error
        raise UnreachableError(f"the file at {target.host} did not begin within {_PATIENCE:g} s")

    def _allowed(self, url: str) -> httpx.URL:
        """The URL, when a film may be fetched from there; ProviderError, without its signature, else."""
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ProviderError("the file's link is no URL") from error
        if target.userinfo or not target.host:
            raise ProviderError("the file's link names no host, or a user")
        shown = f"{target.scheme}://{target.host}"
        if target.host == self.host.name and self.host.base.startswith(f"{target.scheme}://"):
            return target
        local = is_local(target.host) and self.host.local
        if target.scheme != "https" and not (target.scheme == "http" and local):
            raise ProviderError(f"the file's link {shown} is not https and is not followed")
        if is_private(target.host) and not self.host.local:
            raise ProviderError(f"the file's link {shown} leads into a private network and is not followed")
        return target

    def _require_file(self, response: httpx.Response, part: Part | None) -> None:
        status, name = response.status_code, response.url.host
        if status == 200 or (status == 206 and part is not None):
            encoding = response.headers.get("content-encoding", "identity").strip().lower()
            if encoding not in ("", "identity"):
                raise ProviderError(f"the file at {name} comes {encoding} encoded, which was not asked for")
            return
        if status >= 500 or status in (408, 425, 429):
            after = waiting(response.headers.get("retry-after"), self.clock.now())
            raise UnreachableError(f"the file host {name} cannot answer now (HTTP {status})", after)
        raise ProviderError(f"the file's link at {name} is dead (HTTP {status}): ask for a fresh one")


def _next_hop(response: httpx.Response) -> str:
    try:
        return str(response.url.join(response.extensions[LOCATION]))
    except httpx.InvalidURL as error:
        raise ProviderError("the file's link redirects to what is no URL") from error


async def _chunks(raw: AsyncIterator[bytes], name: str) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in raw:
            yield chunk
    except CAUGHT as error:
        raise unanswered(error, f"the rest of the file at {name}") from error

"""Clients of one connection each: no request has to look through the connections of all the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

import anyio
import httpx


class Lanes:
    """Hands out clients, the one used last first, and opens another while fewer than `most` are open.

    A pool of connections looks at each of them for every request, and again for each one that waits; a
    lane costs the same however many there are. Open while it is entered.
    """

    def __init__(self, client: Callable[[], httpx.AsyncClient], most: int) -> None:
        self._client = client
        self._idle: list[httpx.AsyncClient] = []
        self._doors = anyio.Semaphore(most, fast_acquire=True)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # The first one is opened at once: what is wrong with the environment is said before anything runs.
        self._idle.append(await self._opened())
        return self

    async def __aexit__(self, *trouble: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that nobody else uses meanwhile; waits for one when all are in use."""
        async with self._doors:
            client = self._idle.pop() if self._idle else await self._opened()
            try:
                yield client
            finally:
                self._idle.append(client)

    async def _opened(self) -> httpx.AsyncClient:
        return await self._stack.enter_async_context(self._client())

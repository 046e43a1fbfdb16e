"""Asks questions: GETs over a few kept connections, signed afresh once when the token is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
import httpx

from orchestrator.errors import UnreachableError
from orchestrator.ports import Clock
from orchestrator.provider.answers import stale
from orchestrator.provider.auth import Key
from orchestrator.provider.bodies import closing, reply_of
from orchestrator.provider.failures import CAUGHT, unanswered
from orchestrator.provider.lanes import Lanes
from orchestrator.provider.messages import question
from orchestrator.provider.reply import Reply

PATIENCE = 30.0
"""Seconds a question may take, connecting and reading included."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The GET side; every failure is one of our errors, its cause kept."""

    lanes: Lanes
    clock: Clock
    key: Key

    async def ask(self, url: str, query: Mapping[str, int] | None = None) -> Reply:
        """The answer, whatever its status: UnreachableError, ProviderError when there is none."""
        bearer = self.key.bearer()
        reply = await self._once(url, query, bearer)
        if stale(reply) and self.key.renew(bearer):
            reply = await self._once(url, query, self.key.bearer())
        return reply

    async def _once(self, url: str, query: Mapping[str, int] | None, bearer: str) -> Reply:
        # Only the question itself is timed: where thousands are asked at once, the last ones wait long.
        async with self.lanes.lane() as client:
            with anyio.move_on_after(PATIENCE):
                try:
                    return await self._exchange(client, url, query, bearer)
                except CAUGHT as error:
                    raise unanswered(error, "the provider's answer", self.key) from error
        raise UnreachableError(f"the provider did not answer within {PATIENCE:g} s")

    async def _exchange(
        self, client: httpx.AsyncClient, url: str, query: Mapping[str, int] | None, bearer: str
    ) -> Reply:
        request = question(url, query, bearer, PATIENCE)
        response = await client.send(request, stream=True, follow_redirects=False)
        async with closing(response):
            return await reply_of(response, self.key, self.clock.now())

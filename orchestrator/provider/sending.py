"""Sends one POST at most once, on a connection of its own, and says what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
import httpx

from orchestrator.facts import Reason
from orchestrator.ports import Clock, Declined, Unclear
from orchestrator.provider.auth import Key
from orchestrator.provider.bodies import closing, reply_of
from orchestrator.provider.failures import CAUGHT, lost
from orchestrator.provider.lanes import Lanes
from orchestrator.provider.messages import submission
from orchestrator.provider.reply import Reply

LATE = Declined(Reason.UNSENT, "deadline", "its time to be sent had passed: nothing was sent")


class LateError(Exception):
    """The deadline passed before the first byte; aborts the request from inside the client."""


class Passage:
    """Watches one request pass through the client: whether it began to leave, and not too late.

    httpcore tells its `trace` extension of each stage just before and after it; raising there stops the
    request. The CONNECT that opens a proxy's tunnel is traced too and is not ours.
    """

    def __init__(self, clock: Clock, deadline: float, began: bool) -> None:
        self._clock, self._deadline = clock, deadline
        self.began, self.left = began, False
        self._tunnel = False

    async def __call__(self, stage: str, info: Mapping[str, object]) -> None:
        """Called by httpcore; raises LateError just before a request that is too late."""
        if stage.endswith("send_request_headers.started"):
            self._tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
            if not self._tunnel:
                self.check()
                self.began = True
        elif stage.endswith("send_request_headers.complete") and not self._tunnel:
            self.left = True

    def check(self) -> None:
        """Raise LateError when the deadline has passed."""
        if self._clock.monotonic() >= self._deadline:
            raise LateError


@dataclass(frozen=True, slots=True)
class Sender:
    """The POST side: `lanes` keep no connections, `answer` bounds a request in seconds.

    `opaque`: the client has a transport that does not tell how far a request got, so that it counts as
    begun from the moment it is handed over.
    """

    lanes: Lanes
    clock: Clock
    key: Key
    answer: float
    opaque: bool = False

    async def post(self, url: str, bearer: str, body: bytes, deadline: float) -> Reply | Declined | Unclear:
        """Send it once before `deadline`, or never; nothing that the network does is raised."""
        passage = Passage(self.clock, deadline, began=self.opaque)
        with anyio.move_on_after(self.answer):
            try:
                passage.check()
                return await self._exchange(url, bearer, body, passage)
            except LateError:
                return LATE
            except CAUGHT as error:
                return lost(error, passage.began, passage.left, self.key)
        if not passage.began:
            words = f"no connection within {self.answer:g} s: nothing was sent"
            return Declined(Reason.UNREACHABLE, "timeout", words)
        return Unclear(f"no answer within {self.answer:g} s: the task may have been made")

    async def _exchange(self, url: str, bearer: str, body: bytes, passage: Passage) -> Reply:
        async with self.lanes.lane() as client:
            return await self._exchanged(client, url, bearer, body, passage)

    async def _exchanged(
        self, client: httpx.AsyncClient, url: str, bearer: str, body: bytes, passage: Passage
    ) -> Reply:
        request = submission(url, bearer, body, self.answer, {"trace": passage})
        response = await client.send(request, stream=True, follow_redirects=False)
        async with closing(response):
            return await reply_of(response, self.key, self.clock.now())

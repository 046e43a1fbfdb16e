"""A letter box: takes small messages that are posted to it, and answers with a bare status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from orchestrator.web.http import read_body

_LIMIT = 64 * 1024
_PATIENCE = 10.0
"""Seconds in which a message must have arrived: whoever dawdles holds no place for long."""


@dataclass(frozen=True, slots=True)
class LetterBox:
    """POST only, at any path: what stands before it may rewrite paths. Nobody learns more than a status.

    `take` is given the headers and the body, of at most 64 KiB, and returns the status.
    """

    take: Callable[[Mapping[str, str], bytes], int]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "served without websockets and lifespan"
        request = Request(scope, receive)
        try:
            status = await self._status(request)
        except ClientDisconnect:
            return
        # A message that was not read to its end leaves bytes on the connection that are no request.
        headers = {"Connection": "close"} if status in (408, 413) else {}
        await Response(status_code=status, headers=headers)(scope, receive, send)

    async def _status(self, request: Request) -> int:
        if request.method != "POST":
            return 405
        body: bytes | None = None
        with anyio.move_on_after(_PATIENCE) as late:
            body = await read_body(request, _LIMIT)
        if late.cancelled_caught:
            return 408
        return 413 if body is None else self.take(request.headers, body)

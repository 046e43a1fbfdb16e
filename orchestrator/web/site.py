"""A site for reading: guards every request, asks for an answer, and sends it (loads starlette)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from orchestrator.web.answers import Answer, Body, Events, FileBody

T = TypeVar("T")

_HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it lives, so that nobody on the way cuts it."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Other sites can neither show our films and pictures nor get hold of our window.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Site:
    """GET and HEAD only, and only under a host name that `is_ours`.

    The host is checked because a foreign name that is made to point to this machine would make our pages
    that site's own (DNS rebinding). `policy` is the Content-Security-Policy of every answer.
    """

    answer: Callable[[Request], Awaitable[Answer | None]]
    is_ours: Callable[[str], bool]
    policy: str
    _closing: anyio.Event = field(default_factory=anyio.Event)

    def close(self) -> None:
        """End every stream of events; whoever was connected will find nobody when it comes back."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "served without websockets and lifespan"
        request = Request(scope, receive)
        response = _response(await self._checked(request), self._closing)
        response.headers.update({**_ALWAYS, "Content-Security-Policy": self.policy})
        await response(scope, receive, send)

    async def _checked(self, request: Request) -> Answer:
        if not self.is_ours(request.headers.get("host", "")):
            return Body(b"This site answers only under its own address.\n", "text/plain", 403)
        if request.method not in ("GET", "HEAD"):
            return Body(b"This site is for reading: GET and HEAD.\n", "text/plain", 405)
        return await self.answer(request) or Body(b"There is nothing here.\n", "text/plain", 404)


class Workbench:
    """Blocking work beside the event loop, at most so much of it at once."""

    def __init__(self, at_once: int) -> None:
        self._limit = anyio.CapacityLimiter(at_once)

    async def do(self, function: Callable[[], T]) -> T:
        """What the function returns or raises."""
        return await anyio.to_thread.run_sync(function, limiter=self._limit)


def _response(answer: Answer, closing: anyio.Event) -> Response:
    match answer:
        case Body(content, kind, status, keep):
            return Response(content, status, {"Cache-Control": _caching(keep)}, kind)
        case FileBody(path, kind, keep):
            return FileResponse(path, headers={"Cache-Control": _caching(keep)}, media_type=kind)
        case Events():
            return StreamingResponse(
                _stream(answer, closing),
                headers={"Cache-Control": "no-store"},
                media_type="text/event-stream",
            )
        case _:
            assert_never(answer)


def _caching(keep: int) -> str:
    return f"private, max-age={keep}" if keep else "no-store"


async def _stream(events: Events, closing: anyio.Event) -> AsyncIterator[str]:
    last, silent = events.after, 0.0
    yield "retry: 1500\n\n"
    while not closing.is_set():
        event = events.newest(last)
        if event is not None:
            last, silent = event.id, 0.0
            yield f"id: {event.id}\nevent: {event.name}\ndata: {event.data}\n\n"
        elif silent >= _HEARTBEAT:
            silent = 0.0
            yield ": nothing new\n\n"
        silent += events.every
        with anyio.move_on_after(events.every):
            await closing.wait()

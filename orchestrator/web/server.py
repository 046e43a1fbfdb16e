"""uvicorn, quiet, on sockets that are bound already, and able to drop a connection when told to."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, cast

import anyio
import anyio.lowlevel
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server

from orchestrator.web.dropping import DroppedError


async def serve(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    sockets: Sequence[socket.socket],
    *,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None] | None = None,
    graceful_seconds: int = 1,
) -> signal.Signals:
    """Serve `app` on every socket until SIGINT or SIGTERM, which is returned once all is closed.

    Needs the asyncio backend and the main thread. `on_ready` is called once connections are accepted,
    `on_stop` when the signal has come: what streams without an end should end it then.
    Open connections get `graceful_seconds` to end, since an event stream never would; a second signal
    does not wait for them.
    """
    server = _Announcing(_quiet(app, graceful_seconds), on_ready)
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with anyio.create_task_group() as group:
            group.start_soon(_serving, server, sockets, group.cancel_scope)
            stopped_by = await anext(signals)
            if on_stop is not None:
                on_stop()
            server.should_exit = True
            await anext(signals)
            server.force_exit = True
    return stopped_by


@contextlib.asynccontextmanager
async def serving(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    sockets: Sequence[socket.socket],
    *,
    at_once: int = 64,
) -> AsyncIterator[None]:
    """Serve `app` beside whatever the block does, at most so many connections at once.

    Signals are left alone. Needs the asyncio backend. The sockets are closed when the block ends.
    """
    ready = anyio.Event()
    server = _Announcing(_quiet(app, 1, limit_concurrency=at_once), ready.set)

    async def serve_to_the_end() -> None:
        # Not cancelled but told: it closes what is open, and asks every tenth of a second whether to.
        with anyio.CancelScope(shield=True):
            await server.serve(sockets=list(sockets))

    async with anyio.create_task_group() as group:
        group.start_soon(serve_to_the_end)
        try:
            await ready.wait()
            yield
        finally:
            server.should_exit = True


def _quiet(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    graceful_seconds: int,
    *,
    limit_concurrency: int | None = None,
) -> Config:
    return Config(
        _dropping(app),
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limit_concurrency,
        timeout_graceful_shutdown=graceful_seconds,
    )


async def _serving(server: Server, sockets: Sequence[socket.socket], rest: anyio.CancelScope) -> None:
    await server.serve(sockets=list(sockets))
    rest.cancel()


class _Announcing(Server):
    """Says when it accepts connections, which uvicorn itself only logs; leaves the signals to `serve`."""

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own dies by the signal before anybody else could close what they opened.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def _dropping(app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> ASGIApp:
    async def dropping(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except DroppedError:
            # ASGI has no word for it. `send` is a method of uvicorn's exchange, which knows its transport;
            # two turns of the loop let it notice that the connection is gone before it looks for an answer.
            cast(Any, send).__self__.transport.close()
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()

    return dropping

"""Serves a sandbox until it is told to stop; blocking, for a command of its own or a child process."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import anyio

from orchestrator.sandbox.assembly import Sandbox, on_disk
from orchestrator.sandbox.options import SandboxOptions
from orchestrator.sandbox.ready import Ready
from orchestrator.sandbox.state import Disk
from orchestrator.web import listen, serve

_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - translated, not bound


def serve_sandbox(options: SandboxOptions, announce: Callable[[Ready], None]) -> None:
    """Serve until SIGINT or SIGTERM, which is raised again when all is closed. For the main thread.

    `announce` is called once, when connections are accepted. Raises ListenError for a taken port,
    StateError for a folder that is in use, FaultsError for a script that does not hold.
    """
    with contextlib.ExitStack() as stack:
        folder = options.state
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="orchestrate-sandbox-")))
        api = stack.enter_context(listen(options.host, options.port))
        files = stack.enter_context(listen(options.host, 0))
        disk = stack.enter_context(contextlib.closing(Disk(folder)))
        ready = Ready(_url(options.host, api), _url(options.host, files), os.getpid())
        sandbox = on_disk(options, disk, unix_ms, ready.file_url)
        stopped_by = anyio.run(_serve, sandbox, (api, files), lambda: announce(ready))
    # Only now, so that a temporary folder is gone and the database closed before the process is.
    signal.raise_signal(stopped_by)


async def _serve(sandbox: Sandbox, sockets: Sequence[socket], on_ready: Callable[[], None]) -> signal.Signals:
    async with anyio.create_task_group() as group:
        group.start_soon(sandbox.app.run)
        stopped_by = await serve(sandbox.app, sockets, on_ready=on_ready)
        group.cancel_scope.cancel()
    return stopped_by


def _url(host: str, listening: socket) -> str:
    # A server on all addresses is still best reached by this machine's own name for itself.
    shown = _ALL_ADDRESSES.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{listening.getsockname()[1]}"


def unix_ms() -> int:
    return time.time_ns() // 1_000_000

"""A provider that counts: the sandbox's own world behind real sockets, where every film is one small MP4.

    python -m tests.force.counting SPEED SLOTS

Prints where it is, as the sandbox does, and ends with its standard input. It renders nothing, so that a
machine's time goes to those who are tested.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict

import anyio

from orchestrator.sandbox import Ready, SandboxOptions, in_memory
from orchestrator.web import listen, serve


def main(speed: float, slots: int) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with listen("127.0.0.1", 0) as api, listen("127.0.0.1", 0) as files:
        ready = Ready(_url(api.getsockname()), _url(files.getsockname()), os.getpid())
        options = SandboxOptions(speed=speed, slots=slots, offers_list=True)
        sandbox = in_memory(options, _milliseconds, file_base=ready.file_url)

        async def serving() -> signal.Signals:
            announce = json.dumps(asdict(ready))
            return await serve(sandbox.app, [api, files], on_ready=lambda: print(announce, flush=True))

        anyio.run(serving)


def _url(address: tuple[str, int]) -> str:
    return f"http://{address[0]}:{address[1]}"


def _milliseconds() -> int:
    import time

    return time.time_ns() // 1_000_000


def _leave_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))

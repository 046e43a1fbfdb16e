"""A sandbox in process on a clock of the test's own, and a real one on loopback."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from orchestrator.sandbox import EXAMPLE, Ready, Sandbox, SandboxOptions

START = 1_790_000_000_000
LONG_AGO_ENOUGH = 3600.0


class Clock:
    """Unix milliseconds that pass when a test says so."""

    def __init__(self) -> None:
        self.ms = START

    def __call__(self) -> int:
        return self.ms

    def wait(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)


@dataclass
class Bench:
    """One sandbox in process, and a client that speaks to it."""

    clock: Clock
    sandbox: Sandbox
    client: httpx.AsyncClient
    prefix: str

    async def post(self, kind: str, body: Any) -> httpx.Response:
        return await self.client.post(f"{self.prefix}/v1/videos/{kind}", json=body)

    async def get(self, kind: str, task: str) -> httpx.Response:
        return await self.client.get(f"{self.prefix}/v1/videos/{kind}/{task}")

    async def extended(self, **fields: Any) -> Any:
        """Extend the example video, let an hour pass, and give the finished task."""
        answer = (await self.post("video-extend", extension(**fields))).json()
        self.clock.wait(LONG_AGO_ENOUGH)
        return (await self.get("video-extend", answer["data"]["task_id"])).json()["data"]

    async def file(self, task: Any, **options: Any) -> httpx.Response:
        url = task["task_result"]["videos"][0]["url"]
        method = options.pop("method", "GET")
        return await self.client.request(method, url, **options)


def extension(**fields: Any) -> dict[str, Any]:
    """A submission that extends the example video."""
    return {"task_id": EXAMPLE.task_id, "video_id": EXAMPLE.video_id, "prompt": "锦鲤跃出水面", **fields}


@contextlib.contextmanager
def child_process(options: SandboxOptions) -> Iterator[tuple[Ready, subprocess.Popen[str]]]:
    """A sandbox of one's own, started as `run_child` does it, for tests without an event loop."""
    with subprocess.Popen(
        [sys.executable, "-m", "orchestrator.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(options.to_json() + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert "error" not in answer, answer
        yield Ready(**answer), process
        process.stdin.close()
        process.wait(60)

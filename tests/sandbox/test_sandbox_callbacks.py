"""Callbacks: at every change, and only to this machine."""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio
import pytest

from orchestrator.sandbox import Laws
from orchestrator.sandbox.callbacks import Callbacks, is_loopback
from orchestrator.sandbox.submission import Submission
from orchestrator.sandbox.tasks import Status, Task
from orchestrator.sandbox.world import World

pytestmark = pytest.mark.anyio

ADDRESSES = {
    "http://127.0.0.1:8000/x": True,
    "http://localhost/": True,
    "http://[::1]:9/": True,
    "https://127.0.0.1/": False,
    "http://localhost.example.com/": False,
    "http://127.0.0.1@example.com/": False,
    "http://192.168.0.1/": False,
    "http://example.com/": False,
    "http://127.0.0.1:99999/": False,
    "http://[": False,
    "file:///etc/passwd": False,
    "rubbish": False,
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_loopback(url: str) -> None:
    """The sandbox never calls out: only plain http to this very machine counts as loopback."""
    assert is_loopback(url) is ADDRESSES[url]


def submitted(url: str) -> Task:
    task = World(Laws()).submit(Submission("text2video", "koi", callback_url=url), 0)
    assert isinstance(task, Task)
    return task


async def test_every_change_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Each change of status is posted once, a foreign address is logged and never posted to."""
    statuses: list[Status] = ["submitted", "processing", "processing", "succeed"]
    told: list[tuple[str, Any]] = []
    states = iter(statuses)

    def current(task: Task) -> tuple[Task, Status]:
        status = next(states)
        told_now.append(status)
        return task, status

    told_now: list[Status] = []

    async def post(url: str, headers: dict[str, str], body: bytes) -> None:
        assert headers == {"content-type": "application/json"}
        told.append((url, json.loads(body)["task_status"]))

    callbacks = Callbacks(
        current,
        lambda task: {"task_id": task.id, "task_status": told_now[-1]},
        post=post,
        every_seconds=0.001,
    )
    with caplog.at_level(logging.WARNING):
        callbacks.follow(submitted("http://example.com/"))
    assert "never calls out" in caplog.text
    callbacks.follow(submitted("http://127.0.0.1:1/"))
    async with anyio.create_task_group() as group:
        group.start_soon(callbacks.run)
        with anyio.fail_after(60):
            while len(told) < 2:
                await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    assert told == [("http://127.0.0.1:1/", "processing"), ("http://127.0.0.1:1/", "succeed")]

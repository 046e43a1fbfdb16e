"""Tells a `callback_url` of every change of its task's status, and calls nobody beyond this machine."""

from __future__ import annotations

import base64
import hmac
import http.client
import ipaddress
import json
import logging
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from orchestrator.sandbox.envelopes import Json
from orchestrator.sandbox.inbox import Inbox
from orchestrator.sandbox.tasks import Status, Task

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 5.0


class Post(Protocol):
    """Sends one callback; never raises for what the receiver does."""

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> None: ...


Sign = Callable[[str, bytes], dict[str, str]]
"""The headers that sign a message, given its name and its body."""


class Callbacks:
    """Follows tasks that were submitted with a callback URL on loopback; others are logged and left alone."""

    def __init__(
        self,
        current: Callable[[Task], tuple[Task, Status]],
        task_object: Callable[[Task], Json],
        *,
        post: Post | None = None,
        sign: Sign | None = None,
        every_seconds: float = 0.2,
    ) -> None:
        self._current = current
        self._task_object = task_object
        self._post = post or post_to_loopback
        self._sign = sign
        self._every = every_seconds
        self._orders = Inbox[Task]()

    def follow(self, task: Task) -> None:
        """Tell this task's callback URL, if it has one, from now on."""
        url = task.submission.callback_url
        if not url:
            return
        if is_loopback(url):
            self._orders.put(task)
        else:
            _log.warning("callback_url %r is not on this machine: the sandbox never calls out, ignored", url)

    async def run(self) -> None:
        """Send callbacks until cancelled."""
        async with anyio.create_task_group() as group:
            while True:
                group.start_soon(self._tell, await self._orders.take())

    async def _tell(self, task: Task) -> None:
        told: Status = "submitted"
        while told not in ("succeed", "failed"):
            await anyio.sleep(self._every)
            task, status = self._current(task)
            if status != told:
                body = json.dumps(self._task_object(task)).encode()
                signed = self._sign(f"msg_{task.id}_{status}", body) if self._sign is not None else {}
                headers = {"content-type": "application/json", **signed}
                await self._post(task.submission.callback_url, headers, body)
                told = status


def is_loopback(url: str) -> bool:
    """True for a plain http URL whose host is this machine by name or number."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        if parts.scheme != "http" or not host:
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def signer(secret: str, now: Callable[[], int]) -> Sign:
    """Signs as Standard Webhooks does (protocol page, §7); `now` in milliseconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))

    def sign(name: str, body: bytes) -> dict[str, str]:
        stamp = str(now() // 1000)
        digest = hmac.digest(key, b".".join([name.encode(), stamp.encode(), body]), "sha256")
        return {
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }

    return sign


async def post_to_loopback(url: str, headers: dict[str, str], body: bytes) -> None:
    """POST without following redirects; a receiver that is away or rude is only logged."""
    await anyio.to_thread.run_sync(_post, url, headers, body)


def _post(url: str, headers: dict[str, str], body: bytes) -> None:
    parts = urlsplit(url)
    assert parts.hostname is not None, "checked by is_loopback"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target or "/", body, headers)
        connection.getresponse().read(1024)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _log.warning("callback to %s failed: %s", url, error)
    finally:
        connection.close()

"""A letter box hands on what is small and posted, and tells nobody more than a status."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping

import anyio
import httpx
import pytest

from orchestrator.web import LetterBox, ListenError, listen, serving

pytestmark = pytest.mark.anyio


class Taken:
    """What was handed on."""

    def __init__(self) -> None:
        self.letters: list[tuple[str | None, bytes]] = []

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        self.letters.append((headers.get("webhook-id"), body))
        return 204


def client_of(taken: Taken) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=LetterBox(taken.take))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8770")


async def test_what_is_posted_is_handed_on_whatever_its_path() -> None:
    """A proxy in front of it may rewrite the path; headers are found however they are written."""
    taken = Taken()
    async with client_of(taken) as client:
        answer = await client.post("/any/path?x=1", content=b"{}", headers={"Webhook-Id": "a"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert taken.letters == [("a", b"{}")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_it_is_for_posting_only(method: str) -> None:
    """Whoever looks at it learns nothing."""
    taken = Taken()
    async with client_of(taken) as client:
        answer = await client.request(method, "/")
    assert (answer.status_code, answer.content) == (405, b"")
    assert not taken.letters


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
async def test_what_is_too_large_is_not_handed_on(size: int) -> None:
    """A notice has a few hundred bytes; no memory is given to more than 64 KiB."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(0, size, 1024):
            yield b" " * 1024
        yield b" " * (size % 1024)

    taken = Taken()
    async with client_of(taken) as client:
        answer = await client.post("/", content=pieces())
        assert answer.status_code == 413
        assert not taken.letters
        assert (await client.post("/", content=b" " * 64 * 1024)).status_code == 204


async def test_it_serves_beside_what_else_is_done_and_goes_when_that_ends() -> None:
    """Real requests are answered within the block; afterwards the port is free at once."""
    taken = Taken()
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(ListenError, match=rf"127\.0\.0\.1:{port}.*--callback-listen"):
            listen("127.0.0.1", port, "--callback-listen")
        with anyio.fail_after(20):
            async with serving(LetterBox(taken.take), [bound]), httpx.AsyncClient(trust_env=False) as client:
                answer = await client.post(f"http://127.0.0.1:{port}/", content=b"{}")
                assert answer.status_code == 204
    with listen("127.0.0.1", port):
        pass


async def test_it_goes_with_a_block_that_is_cancelled() -> None:
    """A run that is given up leaves no server behind, even with a client that never finishes its request."""
    taken = Taken()
    with listen("127.0.0.1", 0) as bound, socket.socket() as dawdler:
        port = bound.getsockname()[1]
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group, serving(LetterBox(taken.take), [bound]):
                await anyio.to_thread.run_sync(dawdler.connect, ("127.0.0.1", port))
                dawdler.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
                await anyio.sleep(0.1)
                group.cancel_scope.cancel()
    assert not taken.letters
    with listen("127.0.0.1", port):
        pass

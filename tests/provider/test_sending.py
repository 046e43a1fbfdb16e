"""Submissions over real sockets: what a lost, slow or late request is taken for."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest

from orchestrator.errors import UnreachableError
from orchestrator.facts import Reason
from orchestrator.plan import Kind, Patience, ProviderSettings
from orchestrator.ports import Accepted, Declined, Provider, Running, Unclear
from orchestrator.provider import open_provider
from orchestrator.provider.auth import ApiKey
from orchestrator.provider.lanes import Lanes
from orchestrator.provider.sending import Sender
from tests.provider.recorder import Act, Recorder, garbled, half, resetting, silent, whole
from tests.provider.wire import CREATED, ENVIRON, EXTENSION, Network, StandingClock

pytestmark = pytest.mark.anyio
SOON = 130.0
FINE = whole(json.dumps(CREATED).encode())


@asynccontextmanager
async def at(base_url: str, answer: float = 5, clock: StandingClock | None = None) -> AsyncIterator[Provider]:
    """A provider at a real address."""
    settings = ProviderSettings(patience=Patience(answer=answer))
    async with open_provider(
        settings, base_url=base_url, environ=ENVIRON, clock=clock or StandingClock()
    ) as opened:
        yield opened


async def test_each_submission_has_a_connection_of_its_own() -> None:
    """No paid request rides on a connection that the server may just have closed."""
    with Recorder([FINE]) as server:
        async with at(server.url) as client:
            assert isinstance(await client.submit(EXTENSION, SOON), Accepted)
            assert isinstance(await client.submit(EXTENSION, SOON), Accepted)
        assert (len(server.requests), server.connections) == (2, 2)
        assert b"POST /kling/v1/videos/video-extend HTTP/1.1\r\n" in server.requests[0]
        assert "锦鲤跃出水面".encode() in server.requests[0]


async def test_questions_share_a_connection() -> None:
    """Hundreds of tasks are watched over a handful of connections."""
    with Recorder([FINE]) as server:
        async with at(server.url) as client:
            for _ in range(3):
                assert isinstance(await client.look_up(Kind.EXTEND, "t"), Running)
        assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("act", [half, silent, resetting, garbled])
async def test_what_is_lost_after_sending_is_unclear(act: Act) -> None:
    """The server had the request and may have made the task; a question is only asked again."""
    with Recorder([act]) as server:
        async with at(server.url) as client:
            assert isinstance(await client.submit(EXTENSION, SOON), Unclear)
            assert len(server.requests) == 1
            with pytest.raises(UnreachableError) as caught:
                await client.look_up(Kind.EXTEND, "t")
        assert caught.value.__cause__ is not None


@pytest.mark.parametrize("manner", ["mute", "trickling"])
async def test_a_slow_answer_cannot_hold_a_submission(manner: str) -> None:
    """Neither silence nor a byte now and then lasts longer than the patience for answers."""
    server = Recorder([])
    server.acts.append(getattr(server, manner))
    with server:
        with anyio.fail_after(20):
            async with at(server.url, answer=0.3) as client:
                assert isinstance(await client.submit(EXTENSION, SOON), Unclear)


async def test_a_refused_connection_is_surely_declined() -> None:
    """Nobody was there: the attempt cost nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with at(f"http://127.0.0.1:{port}") as client:
        found = await client.submit(EXTENSION, SOON)
        with pytest.raises(UnreachableError):
            await client.look_up(Kind.EXTEND, "t")
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNREACHABLE


async def test_a_failed_tls_handshake_is_surely_declined() -> None:
    """A host that cannot prove who it is gets no request."""
    with Recorder([FINE]) as server:
        async with at(server.url.replace("http:", "https:")) as client:
            found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNREACHABLE


async def test_a_connection_that_is_never_made_is_surely_declined() -> None:
    """A host that lets us wait before it takes the first byte was sent nothing."""

    async def connecting(request: httpx.Request) -> httpx.Response:
        await anyio.sleep(30)
        raise AssertionError

    async with Lanes(lambda: httpx.AsyncClient(transport=Network(connecting)), 1) as lanes:
        sender = Sender(lanes, StandingClock(), ApiKey("key"), answer=0.05)
        found = await sender.post("https://x.example", "key", b"{}", SOON)
    assert isinstance(found, Declined)
    assert (found.reason, found.code) == (Reason.UNREACHABLE, "timeout")


async def test_a_name_that_does_not_resolve_is_surely_declined() -> None:
    """Without an address nothing can have been sent."""
    async with at("https://no-such-host.invalid") as client:
        found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNREACHABLE


async def test_the_deadline_is_looked_at_just_before_the_first_byte() -> None:
    """A request whose connection took too long is stopped inside the client: nothing arrives."""
    with Recorder([FINE]) as server:
        async with at(server.url, clock=StandingClock(steps=[129.0, 130.0])) as client:
            found = await client.submit(EXTENSION, SOON)
        assert isinstance(found, Declined)
        assert found.reason is Reason.UNSENT
        assert not server.requests


async def test_a_refusal_before_the_body_is_read_is_heard() -> None:
    """A server that answers and closes early is believed."""
    declining = whole(b'{"code":1102,"message":"Account balance not enough"}', "429 Too Many Requests")
    with Recorder([declining]) as server:
        async with at(server.url) as client:
            found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Declined)
    assert found.reason is Reason.PAYMENT


async def test_a_redirect_is_not_followed() -> None:
    """A submission is made where it was meant to be made, or not at all."""
    with Recorder([FINE]) as other:
        moved = whole(b"", "307 Temporary Redirect", f"Location: {other.url}/\r\n")
        with Recorder([moved]) as server:
            async with at(server.url) as client:
                assert isinstance(await client.submit(EXTENSION, SOON), Declined)
        assert not other.requests


async def test_the_environment_s_proxy_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox is reached though the operator has a proxy for the world outside."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Recorder([FINE]) as server:
        async with at(server.url) as client:
            assert isinstance(await client.submit(EXTENSION, SOON), Accepted)


async def test_a_proxy_that_refuses_is_surely_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proxy did not let through was not sent."""
    with Recorder([whole(b"", "403 Forbidden")]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with at("https://gateway.invalid") as client:
            found = await client.submit(EXTENSION, SOON)
        assert proxy.requests[0].startswith(b"CONNECT gateway.invalid:443")
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNREACHABLE


async def test_a_proxy_that_never_answers_is_surely_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tunnel was asked for, the submission was not: its headers are told apart from the tunnel's."""
    with Recorder([silent]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        async with at("https://gateway.invalid") as client:
            found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNREACHABLE

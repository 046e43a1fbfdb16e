"""Files are fetched without credentials, from public places only, and whole or not at all."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.plan import ProviderSettings
from orchestrator.ports import Part, Provider
from orchestrator.provider import open_provider
from tests.provider.recorder import Act, Recorder, half, resetting, silent, whole
from tests.provider.wire import ENVIRON, KEY, SIGNED, Answering, Raw, StandingClock, provider

pytestmark = pytest.mark.anyio
LOCAL: dict[str, Any] = {"name": "sandbox", "base_url": "http://127.0.0.1:1"}


async def content(client: Provider, url: str) -> bytes:
    async with client.fetch(url) as download:
        return b"".join([chunk async for chunk in download.chunks])


async def test_a_file_is_fetched_without_any_credential() -> None:
    """The file host never sees the key that pays."""
    seen: list[httpx.Request] = []

    def file(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"film")

    async with provider(file) as client:
        assert await content(client, SIGNED) == b"film"
    (request,) = seen
    assert str(request.url) == SIGNED
    assert "authorization" not in request.headers
    assert KEY not in str(request.headers)
    assert request.headers["accept-encoding"] == "identity"


def redirecting(*hops: str) -> Answering:
    """A file behind redirects."""
    left = list(hops)

    def answer(request: httpx.Request) -> httpx.Response:
        if left:
            return httpx.Response(302, headers={"location": left.pop(0)})
        return httpx.Response(200, content=str(request.url).encode())

    return answer


async def test_three_redirects_are_followed() -> None:
    """File hosts send on, relatively too; only ever so far."""
    async with provider(redirecting("/b", "https://c.example/d", "e?f=1")) as client:
        assert await content(client, SIGNED) == b"https://c.example/e?f=1"
    async with provider(redirecting(*["/b"] * 4)) as client:
        with pytest.raises(ProviderError, match="more than 3"):
            await content(client, SIGNED)


PRIVATE = [
    "http://files.example/v.mp4",
    "file:///etc/passwd",
    "ftp://files.example/v.mp4",
    "https://127.0.0.1/v.mp4",
    "https://localhost/v.mp4",
    "https://10.0.0.1/v.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/v.mp4",
    "https://[::ffff:10.0.0.1]/v.mp4",
    "https://2130706433/v.mp4",
    "http://127.0.0.1:8000/v.mp4",
    "https://user:word@files.example/v.mp4",
    "https:///v.mp4",
    "//files.example/v.mp4",
    "https://[::1",
    "",
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_no_link_and_no_redirect_leads_into_a_private_network(url: str) -> None:
    """A public provider cannot make us fetch from this machine, its network or its disk."""
    async with provider(redirecting()) as client:
        with pytest.raises(ProviderError):
            await content(client, url)
    if not url.removeprefix("https:").startswith("///") and ":" in url:
        async with provider(redirecting(url)) as client:
            with pytest.raises(ProviderError):
                await content(client, SIGNED)


async def test_the_sandbox_may_serve_files_from_this_machine() -> None:
    """What the local provider links to on loopback is fetched; other plain http is not."""
    async with provider(redirecting(), **LOCAL) as client:
        assert await content(client, "http://127.0.0.1:8001/v.mp4") == b"http://127.0.0.1:8001/v.mp4"
        assert await content(client, "http://localhost:8001/v.mp4")
        with pytest.raises(ProviderError):
            await content(client, "http://files.example/v.mp4")


STATUSES = [
    (403, ProviderError),
    (404, ProviderError),
    (410, ProviderError),
    (206, ProviderError),
    (204, ProviderError),
    (304, ProviderError),
    (500, UnreachableError),
    (503, UnreachableError),
    (429, UnreachableError),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
async def test_a_dead_link_is_told_from_a_tired_host(status: int, kind: type[Exception]) -> None:
    """A dead link wants a fresh URL, a tired host only time; neither message holds the signature."""
    async with provider(lambda _: httpx.Response(status, headers={"retry-after": "9"})) as client:
        with pytest.raises(kind) as caught:
            await content(client, SIGNED)
    assert "sign=abc" not in str(caught.value)
    if isinstance(caught.value, UnreachableError):
        assert caught.value.retry_after == 9


async def test_an_encoded_file_is_refused() -> None:
    """What is kept is what the provider made, never something unpacked without bound."""
    packed = {"content-encoding": "br"}
    async with provider(lambda _: httpx.Response(200, headers=packed, stream=Raw(b""))) as client:
        with pytest.raises(ProviderError, match="br encoded"):
            await content(client, SIGNED)


async def test_the_consumer_s_errors_are_its_own() -> None:
    """A full disk while keeping a file is not blamed on the provider."""
    async with provider(redirecting()) as client:
        with pytest.raises(OSError, match="no space"):
            async with client.fetch(SIGNED):
                raise OSError("no space")


@pytest.mark.parametrize("act", [half, silent, resetting])
async def test_a_cut_file_is_not_taken_for_a_whole_one(act: Act) -> None:
    """A connection that breaks is an error to try again, on every backend."""
    with Recorder([act]) as server:
        settings = ProviderSettings(name="sandbox")
        async with open_provider(
            settings, base_url=server.url, environ=ENVIRON, clock=StandingClock()
        ) as client:
            with pytest.raises(UnreachableError) as caught:
                await content(client, f"{server.url}/v.mp4?sign=abc")
        assert caught.value.__cause__ is not None
        assert "sign=abc" not in str(caught.value)


async def test_a_file_left_half_read_leaves_nothing_behind() -> None:
    """Whoever stops reading early closes the connection and nothing warns."""
    with Recorder([whole(b"x" * 300_000)]) as server:
        settings = ProviderSettings(name="sandbox")
        async with open_provider(
            settings, base_url=server.url, environ=ENVIRON, clock=StandingClock()
        ) as client:
            async with client.fetch(f"{server.url}/v.mp4") as download:
                assert await anext(aiter(download.chunks))
            assert len(await content(client, f"{server.url}/v.mp4")) == 300_000


async def test_logs_hold_no_signed_url(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reads a log cannot fetch the file."""
    caplog.set_level(logging.DEBUG)
    async with provider(redirecting()) as client:
        await content(client, SIGNED)
    assert "files.example" in caplog.text
    assert "sign=abc" not in caplog.text
    assert KEY not in caplog.text


PART = Part(4, 10, '"tag"')


def resumable(request: httpx.Request) -> httpx.Response:
    """A host that has ten bytes under a strong tag, and sends the rest of them to who asks."""
    tag = {"etag": '"tag"'}
    if request.headers.get("if-range") == '"tag"' and request.headers["range"] == "bytes=4-":
        return httpx.Response(206, headers={**tag, "content-range": "bytes 4-9/10"}, content=b"456789")
    assert "range" not in request.headers or request.headers["if-range"] != '"tag"'
    return httpx.Response(200, headers=tag, content=b"0123456789")


async def test_the_rest_of_a_file_is_asked_for() -> None:
    """What is here already is not sent again, as long as it is of just this content."""
    async with provider(resumable) as client:
        async with client.fetch(SIGNED) as download:
            assert (download.start, download.total, download.tag) == (0, 10, '"tag"')
        async with client.fetch(SIGNED, PART) as download:
            assert (download.start, download.total, download.tag) == (4, 10, '"tag"')
            assert b"".join([chunk async for chunk in download.chunks]) == b"456789"
        async with client.fetch(SIGNED, replace(PART, tag='"older"')) as download:
            assert (download.start, download.total) == (0, 10)
            assert b"".join([chunk async for chunk in download.chunks]) == b"0123456789"


WRONG = [
    (206, {"content-range": "bytes 3-9/10"}),
    (206, {"content-range": "bytes 4-8/10"}),
    (206, {"content-range": "bytes 4-9/11"}),
    (206, {"content-range": "bytes 4-9/*"}),
    (206, {"content-type": "multipart/byteranges; boundary=x"}),
    (416, {"content-range": "bytes */3"}),
]


@pytest.mark.parametrize(("status", "headers"), WRONG)
async def test_another_range_than_the_rest_is_not_joined(status: int, headers: dict[str, str]) -> None:
    """A host that answers ranges in its own way is asked for the whole file instead."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "range" in request.headers:
            return httpx.Response(status, headers=headers, content=b"????")
        return httpx.Response(200, content=b"0123456789")

    async with provider(answer) as client, client.fetch(SIGNED, PART) as download:
        assert download.start == 0
        assert b"".join([chunk async for chunk in download.chunks]) == b"0123456789"


@pytest.mark.parametrize("tag", ['W/"weak"', "", '""', "bare"])
async def test_a_weak_tag_names_nothing(tag: str) -> None:
    """Two files that only mean the same are not the same bytes."""
    answer = httpx.Response(200, headers={"etag": tag}, content=b"x")
    async with provider(lambda _: answer) as client, client.fetch(SIGNED) as download:
        assert download.tag is None

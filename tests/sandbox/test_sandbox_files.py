"""The file origin: open to all, in ranges, with URLs that run out, and watchful of leaked keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.sandbox.files import part_of

from .bench import Bench

pytestmark = pytest.mark.anyio
MakeBench = Callable[..., Bench]
CONTENT = bytes(range(100))


async def test_leaks_are_noted(bench: MakeBench) -> None:
    """A client that sends its key to the file host gets its file and is caught; one that does not is not."""
    table = bench()
    task = await table.extended()
    del table.client.headers["authorization"]
    assert (await table.file(task)).headers["content-type"] == "video/mp4"
    assert (await table.client.get("/sandbox/leaks")).json() == {"leaks": []}
    await table.file(task, headers={"Authorization": "Bearer sk-secret-and-long"})
    (leak,) = (await table.client.get("/sandbox/leaks")).json()["leaks"]
    assert leak["authorization"] == "Bearer sk-se"
    assert leak["path"].endswith(".mp4")


async def test_urls_run_out(bench: MakeBench) -> None:
    """With a lifetime a URL dies, a fresh query gives a living one, and an unsigned one never works."""
    table = bench(url_seconds=60)
    task = await table.extended()
    url = task["task_result"]["videos"][0]["url"]
    assert (await table.client.get(url)).status_code == 200
    assert (await table.client.get(url.partition("?")[0])).status_code == 403
    prolonged = url.replace("?e=1", "?e=9")
    assert prolonged != url
    assert (await table.client.get(prolonged)).status_code == 403
    table.clock.wait(61)
    assert (await table.client.get(url)).status_code == 403
    fresh = (await table.get("video-extend", task["task_id"])).json()["data"]
    assert (await table.file(fresh)).status_code == 200
    table.clock.wait(30 * 24 * 3600)
    assert (await table.file(fresh)).status_code == 404


async def test_strange_requests(bench: MakeBench) -> None:
    """Unknown files, other methods and unfinished videos are refused."""
    table = bench()
    task = await table.extended()
    base = "http://files.sandbox.test"
    for path in ("/", "/kling/none.mp4", "/kling/../x.mp4", "/kling/%2e.mp4?e=x&sig=y"):
        assert (await table.client.get(base + path)).status_code == 404
    assert (await table.file(task, method="POST")).status_code == 405
    assert (await table.file(task, method="HEAD")).status_code == 200


RANGES: dict[str | None, tuple[int, bytes]] = {
    None: (200, CONTENT),
    "bytes=0-9": (206, CONTENT[:10]),
    "bytes=90-": (206, CONTENT[90:]),
    "bytes=-10": (206, CONTENT[90:]),
    "bytes=95-500": (206, CONTENT[95:]),
    "bytes=100-": (416, b""),
    "bytes=-0": (416, b""),
    "bytes=9-0": (416, b""),
    "bytes=-": (200, CONTENT),
    "bytes=0-1,5-6": (200, CONTENT),
    "items=0-1": (200, CONTENT),
}


@pytest.mark.parametrize("wanted", RANGES, ids=str)
def test_ranges(wanted: str | None) -> None:
    """One plain range is served as such; anything else is the whole file or 416."""
    reply = part_of(CONTENT, wanted)
    assert (reply.status, reply.body) == RANGES[wanted]


def test_a_range_of_another_content_is_the_whole_file() -> None:
    """Whoever goes on with what came before gets the rest of just that, or everything."""
    tag = dict(part_of(CONTENT, None).headers)["etag"]
    assert part_of(CONTENT, "bytes=90-", tag).status == 206
    assert part_of(CONTENT[:50], "bytes=40-", tag).status == 200
    assert part_of(CONTENT, "bytes=90-", '"another"').status == 200


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d*-\d*", fullmatch=True))
def test_no_range_breaks_it(wanted: Any) -> None:
    """Any Range header gets an answer whose bytes are where it says they are."""
    reply = part_of(CONTENT, wanted)
    where = dict(reply.headers).get("content-range", "")
    if reply.status == 206:
        first, last = where.removeprefix("bytes ").removesuffix("/100").split("-")
        assert reply.body == CONTENT[int(first) : int(last) + 1]
        assert reply.body

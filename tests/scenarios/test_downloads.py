"""Films that break off on their way are gone on with, through the whole run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.scenarios.stage import Stage, Wire, a_plan

pytestmark = pytest.mark.anyio


@dataclass
class Half(httpx.AsyncByteStream):
    """The first half of a body, and then the connection is gone."""

    content: bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content[: len(self.content) // 2]
        raise httpx.ReadError("the connection was closed")


class Noting(Wire):
    """The network, which breaks off the second file; and what part of each was asked for."""

    ranges: tuple[str | None, ...] = ()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if not request.url.path.endswith(".mp4"):
            return response
        self.ranges = (*self.ranges, request.headers.get("range"))
        if len(self.ranges) != 2:
            return response
        content = await response.aread()
        return httpx.Response(200, headers=response.headers, stream=Half(content))


async def test_a_film_that_breaks_off_is_gone_on_with(tmp_path: Path) -> None:
    """A fresh link brings only the bytes that are missing, and what is kept is the provider's own film."""
    stage = Stage(tmp_path)
    network = Noting(stage.sandbox.app)
    result = await stage.run(a_plan("one", "two"), transport=network)
    assert result.unkept == 0
    asked = [each for each in network.ranges if each is not None]
    assert (len(network.ranges), len(asked)) == (4, 1)
    shelf, world = stage.sandbox.account.shelf, stage.sandbox.account.world
    sizes = set()
    for video in stage.lineage.videos():
        assert video.kept is not None
        task = world.made(video.video_id)
        assert task is not None
        content = await shelf.read(task)
        assert (stage.home.folder / video.kept.path).read_bytes() == content
        sizes.add(len(content))
    assert int(asked[0].removeprefix("bytes=").removesuffix("-")) in {size // 2 for size in sizes}

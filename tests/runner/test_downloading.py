"""Downloads go on from where they broke off, keep to their pace, and never join what does not belong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import anyio
import pytest
import trio
import trio.testing

from orchestrator.errors import MediaError, ProviderError, UnreachableError
from orchestrator.identity import TakeKey
from orchestrator.media import Caption, render
from orchestrator.plan import Downloads
from orchestrator.ports import Download, Part
from orchestrator.runner import Bounds, DiskArchive
from orchestrator.runner.downloading import Pace
from tests.scenarios.stage import in_line

pytestmark = pytest.mark.anyio
KEY = TakeKey("k" * 40)
SMALL = 700


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(Caption("koi", "锦鲤", "0:00"), Decimal(2), path)
    return path.read_bytes()


@dataclass
class Host:
    """Sends a file in small pieces; may break off after so many bytes, and notes what it was asked for."""

    content: bytes
    tag: str | None = '"one"'
    breaks: int | None = None
    error: type[ProviderError] | type[UnreachableError] = UnreachableError
    asked: list[Part | None] = field(default_factory=list)
    open: int = 0
    most: int = 0

    @asynccontextmanager
    async def opening(self, part: Part | None) -> AsyncIterator[Download]:
        self.asked.append(part)
        same = part is not None and part.tag == self.tag
        start = part.size if part is not None and same else 0
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            yield Download(self._sent(start), start, len(self.content), self.tag)
        finally:
            self.open -= 1

    async def _sent(self, start: int) -> AsyncIterator[bytes]:
        for at in range(start, len(self.content), SMALL):
            if self.breaks is not None and at - start >= self.breaks:
                raise self.error("broke off")
            await anyio.sleep(0)
            yield self.content[at : at + SMALL]


def archive(folder: Path, downloads: Downloads | None = None) -> DiskArchive:
    return DiskArchive(folder, in_line, Bounds(room=0), downloads=downloads)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "videos").iterdir())


@pytest.mark.parametrize("error", [UnreachableError, ProviderError])
async def test_a_broken_download_goes_on(error: type[UnreachableError], tmp_path: Path, film: bytes) -> None:
    """The next try, in this process or another, asks only for what has not come; then nothing is left."""
    host = Host(film, breaks=5 * SMALL, error=error)
    with pytest.raises(error):
        await archive(tmp_path).keep(KEY, host.opening)
    with pytest.raises(error):
        await archive(tmp_path).keep(KEY, host.opening)
    host.breaks = None
    kept = await archive(tmp_path).keep(KEY, host.opening)
    sizes = [part and part.size for part in host.asked]
    assert sizes == [None, 5 * SMALL, 10 * SMALL]
    assert (tmp_path / kept.path).read_bytes() == film
    assert left(tmp_path) == [f"{KEY}.mp4"]


async def test_a_cancelled_download_goes_on(tmp_path: Path, film: bytes) -> None:
    """Ctrl-C in the middle of a large file costs only its last piece."""
    host = Host(film)
    with anyio.CancelScope() as scope:

        @asynccontextmanager
        async def opening(part: Part | None) -> AsyncIterator[Download]:
            async with host.opening(part) as download:
                yield Download(stopped(download.chunks), download.start, download.total, download.tag)

        async def stopped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            yield await anext(chunks)
            scope.cancel()
            yield await anext(chunks)

        await archive(tmp_path).keep(KEY, opening)
    await archive(tmp_path).keep(KEY, host.opening)
    (_, part) = host.asked
    assert part is not None
    assert part.size == SMALL


async def test_another_content_begins_anew(tmp_path: Path, film: bytes) -> None:
    """What came of a file that its host has since replaced is thrown away."""
    with pytest.raises(UnreachableError):
        await archive(tmp_path).keep(KEY, Host(b"\0\0\0\0ftyp" + b"old" * 5000, breaks=SMALL).opening)
    host = Host(film, tag='"two"')
    kept = await archive(tmp_path).keep(KEY, host.opening)
    assert (tmp_path / kept.path).read_bytes() == film


async def test_parts_that_do_not_fit_are_found_out(tmp_path: Path, film: bytes) -> None:
    """A host that calls two contents by one tag gets no film past the checks, and the next try is whole."""
    middle = len(film) // 2
    false = film[:middle] + bytes(middle // 2)
    with pytest.raises(UnreachableError):
        await archive(tmp_path).keep(KEY, Host(false + film[len(false) :], breaks=middle + SMALL * 3).opening)
    host = Host(film)
    with pytest.raises(MediaError):
        await archive(tmp_path).keep(KEY, host.opening)
    assert left(tmp_path) == []
    await archive(tmp_path).keep(KEY, host.opening)
    assert host.asked[-1] is None


async def test_what_cannot_be_gone_on_from_is_not_left(tmp_path: Path, film: bytes) -> None:
    """A host that does not say what it sends is asked for the whole file each time."""
    host = Host(film, tag=None, breaks=5 * SMALL)
    with pytest.raises(UnreachableError):
        await archive(tmp_path).keep(KEY, host.opening)
    assert left(tmp_path) == []


async def test_a_file_that_ends_early_is_not_taken_for_whole(tmp_path: Path, film: bytes) -> None:
    """Fewer bytes than were told are an error to try again, even where the connection ended well."""

    @asynccontextmanager
    async def opening(part: Part | None) -> AsyncIterator[Download]:
        async with Host(film[:-SMALL]).opening(part) as download:
            yield Download(download.chunks, 0, len(film), '"one"')

    with pytest.raises(UnreachableError, match="bytes of the file came"):
        await archive(tmp_path).keep(KEY, opening)


async def test_no_more_at_once_than_the_plan_says(tmp_path: Path, film: bytes) -> None:
    """`downloads: {parallel: 2}` holds over all films of a run."""
    host, here = Host(film), archive(tmp_path, Downloads(parallel=2))
    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(here.keep, TakeKey(f"{number}" * 40), host.opening)
    assert host.most == 2


def test_downloads_keep_to_their_pace() -> None:
    """Three downloads together bring no more bytes a second than the plan says; without one, at once."""

    async def main(rate: float | None) -> float:
        pace, began = Pace(rate), trio.current_time()

        async def one() -> None:
            for _ in range(10):
                await pace.let_through(100_000)

        async with trio.open_nursery() as tasks:
            for _ in range(3):
                tasks.start_soon(one)
        return trio.current_time() - began

    def took(rate: float | None) -> float:
        return trio.run(main, rate, clock=trio.testing.MockClock(autojump_threshold=0))

    assert took(1e6) == pytest.approx(3.0)
    assert took(None) == 0

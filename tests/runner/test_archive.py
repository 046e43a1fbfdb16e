"""Files on their way to the disk: only whole, checked films get a name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from orchestrator.errors import DiskError, MediaError, OrchestratorError, ProviderError
from orchestrator.identity import TakeKey
from orchestrator.media import Caption, check, inspect, render
from orchestrator.ports import Download, Kept, Opening, Part, Reel
from orchestrator.runner import Bounds, DiskArchive, in_thread
from tests.histories import plan_of

pytestmark = pytest.mark.anyio

KEY = TakeKey("k" * 40)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    render(Caption("koi", "锦鲤", "0:00"), Decimal(2), path)
    return path.read_bytes()


def arriving(*chunks: bytes, error: OrchestratorError | None = None, slow: float = 0) -> Opening:
    """A host that sends these bytes, whatever is here already, and does not say what they are."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            await anyio.sleep(slow)
            yield chunk
        if error is not None:
            raise error

    @asynccontextmanager
    async def opening(part: Part | None) -> AsyncIterator[Download]:
        yield Download(stream())

    return opening


def archive(folder: Path, **bounds: float) -> DiskArchive:
    return DiskArchive(folder, in_thread, Bounds(**({"room": 0} | bounds)))  # type: ignore[arg-type]


async def test_a_film_is_kept_whole_with_its_hash(tmp_path: Path, film: bytes) -> None:
    """What is under its final name was checked, and its length is the file's own."""
    kept = await archive(tmp_path).keep(KEY, arriving(film[:1000], film[1000:]))
    assert (kept.path, kept.size, kept.width) == (f"videos/{KEY}.mp4", len(film), 320)
    assert kept.seconds == 2
    assert (tmp_path / kept.path).read_bytes() == film
    assert sorted(path.name for path in (tmp_path / "videos").iterdir()) == [f"{KEY}.mp4"]


@pytest.mark.parametrize("cut", [0, 4, 100, -1000, -1])
async def test_a_film_cut_in_the_middle_gets_no_name(cut: int, tmp_path: Path, film: bytes) -> None:
    """A short download is an error and leaves nothing behind."""
    with pytest.raises(MediaError):
        await archive(tmp_path).keep(KEY, arriving(film[:cut] if cut else b""))
    assert list((tmp_path / "videos").iterdir()) == []


@pytest.mark.parametrize("body", [b"<html>not here</html>", b"\x00" * 5000, b"{}"])
async def test_what_is_not_a_film_is_refused_at_its_first_bytes(body: bytes, tmp_path: Path) -> None:
    """An error page in place of a film is not downloaded to its end."""
    endless = [body] + [b"x" * 65536] * 10_000
    with pytest.raises(MediaError, match="not an MP4"):
        await archive(tmp_path).keep(KEY, arriving(*endless))


async def test_a_body_without_end_is_cut_off(tmp_path: Path, film: bytes) -> None:
    """Size and time are bounded, whatever the host sends."""
    more = [film] + [b"x" * 65536] * 100
    with pytest.raises(MediaError, match="larger than"):
        await archive(tmp_path, size=1 << 20).keep(KEY, arriving(*more))
    with pytest.raises(ProviderError, match="did not arrive within"):
        await archive(tmp_path, seconds=0.05).keep(KEY, arriving(*more, slow=0.02))


async def test_an_error_on_the_way_is_passed_on_and_leaves_nothing(tmp_path: Path, film: bytes) -> None:
    """The runner hears what went wrong and asks for a fresh address."""
    with pytest.raises(ProviderError, match="link is dead"):
        await archive(tmp_path).keep(KEY, arriving(film[:100], error=ProviderError("the link is dead")))
    assert list((tmp_path / "videos").iterdir()) == []


async def test_the_disk_is_kept_from_filling_up(tmp_path: Path, film: bytes) -> None:
    """Too little room says so before anything is paid, and stops a download before the disk is full."""
    crammed = archive(tmp_path, room=1 << 60)
    assert "make room, then resume" in (crammed.room() or "")
    assert archive(tmp_path).room() is None
    assert "cannot be read" in (archive(tmp_path / "nowhere").room() or "")
    with pytest.raises(DiskError):
        await crammed.keep(KEY, arriving(film, b"x" * (2 << 20)))


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, film: bytes) -> None:
    """A folder in the way is an error of the disk, with the place in it."""
    (tmp_path / "videos").write_text("in the way")
    with pytest.raises(DiskError, match="videos"):
        await archive(tmp_path).keep(KEY, arriving(film))


def reel(kept: Kept, until: str | None = None) -> Reel:
    return Reel(kept.path, kept.sha256, None if until is None else Decimal(until), (("c · 1", Decimal(0)),))


async def test_a_finished_chain_gets_a_readable_name(tmp_path: Path, film: bytes) -> None:
    """The film is there under the chain's name, and a longer one takes its place at once."""
    here = archive(tmp_path)
    kept = await here.keep(KEY, arriving(film))
    plan = plan_of("one")
    name = await here.publish(plan, "锦鲤", [reel(kept)])
    assert Path(name) == tmp_path / "films" / "p" / "锦鲤.mp4"
    assert Path(name).samefile(tmp_path / kept.path)
    assert await here.publish(plan, "锦鲤", [reel(kept)]) == name
    other = await here.keep(TakeKey("o" * 40), arriving(film))
    await here.publish(plan, "锦鲤", [reel(other)])
    assert Path(name).samefile(tmp_path / other.path)
    assert [path.name for path in Path(name).parent.iterdir()] == ["锦鲤.mp4"]


async def test_the_plan_may_say_where_films_go(tmp_path: Path, film: bytes) -> None:
    """`output` is beside the plan file, wherever the state folder is."""
    here = archive(tmp_path / "state")
    kept = await here.keep(KEY, arriving(film))
    plan = plan_of("one", output="films", path=str(tmp_path / "plan.yaml"))
    assert Path(await here.publish(plan, "c", [reel(kept)])) == tmp_path / "films" / "c.mp4"
    (tmp_path / "blocked").write_text("")
    blocked = plan_of("one", output="blocked", path=str(tmp_path / "plan.yaml"))
    with pytest.raises(DiskError, match="the film is kept as"):
        await here.publish(blocked, "c", [reel(kept)])


async def test_a_film_of_segments_is_joined_once(tmp_path: Path, film: bytes) -> None:
    """Each segment is shown up to the frame that the next begins with; a longer film takes its place."""
    here, plan = archive(tmp_path), plan_of("one")
    first = await here.keep(KEY, arriving(film))
    second = await here.keep(TakeKey("o" * 40), arriving(film))
    until = str(first.seconds / 2)
    name = Path(await here.publish(plan, "c", [reel(first, until), reel(second)]))
    found = inspect(name)
    assert [chapter.title for chapter in found.chapters] == ["c · 1", "c · 1"]
    assert abs(found.chapters[0].ends - first.seconds / 2) < Decimal("0.002")
    assert abs(check(name).seconds - first.seconds * 3 / 2) < Decimal("0.002")
    (joined,) = (tmp_path / "joined").iterdir()
    assert joined.samefile(name)
    await here.publish(plan, "c", [reel(first, until), reel(second)])
    assert joined.samefile(name)
    await here.publish(plan, "c", [reel(first, until), reel(second, until), reel(second)])
    assert not joined.exists()

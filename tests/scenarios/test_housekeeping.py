"""Files removed and fetched again: what a person does to the disk never costs anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from orchestrator.errors import CredentialsError, DiskError
from orchestrator.facts import VideoKept
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import Plan
from orchestrator.provider import open_provider
from orchestrator.runner import DiskArchive, Fetched, Outside, absentees, drop, fetch, footprint, give_up
from orchestrator.store import open_journal
from tests.scenarios.stage import API, Died, MortalJournal, Reaper, Stage, Wire, a_plan, in_line

pytestmark = pytest.mark.anyio

PLAN = a_plan("one", "two", "three")


class Dead(httpx.AsyncBaseTransport):
    """A network without a route to anywhere."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)


async def dropped(stage: Stage, videos: Sequence[Video], reaper: Reaper | None = None) -> None:
    """Their files are removed, by a process that may die."""
    with open_journal(stage.home, submitter=True, spending=False) as journal:
        mortal = MortalJournal(journal, reaper or Reaper())
        await drop(stage.home.folder, mortal, stage.clock, videos, "gc --keep tips")


async def fetched(stage: Stage, plan: Plan, transport: httpx.AsyncBaseTransport | None = None) -> Fetched:
    """Every file that is missing is asked for."""
    with open_journal(stage.home, submitter=True) as journal:
        lineage = Lineage(await journal.read(0))
        missing = absentees(stage.home.folder, lineage.videos(), stage.clock.now())
        await give_up(journal, missing.expired, stage.clock.now())
        settings = plan.provider
        async with open_provider(
            settings, base_url=API, environ={"KLING_API_KEY": "k"}, clock=stage.clock,
            transport=transport or Wire(stage.sandbox.app),
        ) as provider:  # fmt: skip
            archive = DiskArchive(stage.home.folder, in_line, stage.bounds)
            outside = Outside(journal, {settings.account: provider}, archive, stage.clock, stage.notes)
            return await fetch(missing.young, {settings.account: settings}, outside, lineage)


def here(stage: Stage) -> int:
    """How many files the archive holds."""
    return len(list(stage.home.videos.glob("*.mp4")))


def kept(stage: Stage) -> int:
    """How many files the journal calls kept."""
    return sum(video.kept is not None for video in stage.lineage.videos())


async def test_what_was_dropped_is_not_made_or_fetched_again_by_a_run(tmp_path: Path) -> None:
    """A run after `gc` would pay for what it no longer finds, or undo the tidying."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    await dropped(stage, stage.lineage.videos()[:-1])
    assert (here(stage), kept(stage)) == (1, 1)
    result = await stage.run(replace(PLAN, chains=a_plan("one", "two", "three", "four").chains))
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three", "four"]
    assert result.spent.calls == 1
    assert (here(stage), kept(stage)) == (2, 2)


async def test_dropped_files_come_back(tmp_path: Path) -> None:
    """What `gc` removed can be had again while the provider has it, whole, and for nothing."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    before = {video.take: video.kept for video in stage.lineage.videos()}
    await dropped(stage, stage.lineage.videos())
    assert here(stage) == 0
    assert len((await fetched(stage, PLAN)).kept) == 4
    after = {video.take: video.kept for video in stage.lineage.videos()}
    assert {key: each and each.sha256 for key, each in after.items()} == {
        key: each and each.sha256 for key, each in before.items()
    }
    assert len(stage.payments) == 3
    assert not (await fetched(stage, PLAN)).kept


async def test_a_hard_link_keeps_the_film_under_its_readable_name(tmp_path: Path) -> None:
    """Removing a file of the archive takes the finished film away, or room is promised that is not freed."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    tip, film = stage.lineage.videos()[-1], stage.home.films / "p" / "c.mp4"
    assert footprint(stage.home.folder, tip).frees == 0
    assert footprint(stage.home.folder, stage.lineage.videos()[0]).frees > 0
    content = film.read_bytes()
    await dropped(stage, [tip])
    assert film.read_bytes() == content


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_death_between_removing_and_writing_is_harmless(at: int, tmp_path: Path) -> None:
    """A file that is gone while the journal calls it kept is found out, and nothing is paid for it."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    with pytest.raises(Died):
        await dropped(stage, stage.lineage.videos()[:2], Reaper(dies_at=at))
    assert kept(stage) - here(stage) == at % 2
    result = await stage.run(PLAN)
    assert result.error is None
    await fetched(stage, PLAN)
    assert here(stage) == kept(stage) == 4
    assert len(stage.payments) == 3


async def test_a_second_try_finishes_what_a_death_left(tmp_path: Path) -> None:
    """`gc` after a killed `gc` would stumble over the file that is gone already."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    with pytest.raises(Died):
        await dropped(stage, stage.lineage.videos()[:2], Reaper(dies_at=1))
    await dropped(stage, stage.lineage.videos()[:2])
    assert (here(stage), kept(stage)) == (2, 2)


async def test_a_damaged_file_is_missing_too(tmp_path: Path) -> None:
    """A file that lost its end is taken for the film."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    path = next(stage.home.videos.glob("*.mp4"))
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert len((await fetched(stage, PLAN)).kept) == 1
    assert path.read_bytes() == whole


async def test_what_has_expired_is_written_down_as_lost(tmp_path: Path) -> None:
    """The provider is asked for ever for what it purged, or a kept file is given up with it."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    await dropped(stage, stage.lineage.videos()[:2])
    stage.clock.offset += timedelta(days=31)
    requests = len(stage.notes.messages)
    assert not (await fetched(stage, PLAN)).kept
    assert [bool(video.lost) for video in stage.lineage.videos()] == [True, True, False, False]
    assert len(stage.notes.messages) == requests
    assert absentees(stage.home.folder, stage.lineage.videos(), stage.clock.now()).expired == ()


async def test_what_does_not_come_stays_to_be_had(tmp_path: Path) -> None:
    """A bad network for a minute gives a film up that could be had tomorrow."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    await dropped(stage, stage.lineage.videos()[:1])
    result = await fetched(stage, PLAN, Dead())
    assert (len(result.kept), len(result.missed)) == (0, 1)
    assert stage.lineage.videos()[0].lost is None
    assert len((await fetched(stage, PLAN)).kept) == 1


async def test_a_file_that_is_gone_is_no_longer_called_kept(tmp_path: Path) -> None:
    """The journal goes on promising a file that nobody has."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    for path in stage.home.videos.glob("*.mp4"):
        path.unlink()
    result = await fetched(stage, PLAN, Dead())
    assert (len(result.kept), len(result.missed), kept(stage)) == (0, 4, 0)


async def test_a_refused_key_ends_it(tmp_path: Path) -> None:
    """Every file is tried with a key that is refused each time."""
    stage = Stage(tmp_path, key="another")
    other = Stage(tmp_path / "b")
    await other.run(PLAN)
    await dropped(other, other.lineage.videos())
    with pytest.raises(BaseExceptionGroup) as caught:
        await fetched(other, PLAN, Wire(stage.sandbox.app))
    assert caught.group_contains(CredentialsError)


async def test_nothing_outside_of_the_archive_is_removed(tmp_path: Path) -> None:
    """A journal from elsewhere makes `gc` remove any file of its user."""
    stage = Stage(tmp_path)
    await stage.run(PLAN)
    victim = tmp_path / "victim.mp4"
    victim.write_text("mine")
    video = stage.lineage.videos()[0]
    assert isinstance(video.kept, VideoKept)
    for path in ("../victim.mp4", str(victim), "videos/../../victim.mp4"):
        with pytest.raises(DiskError, match="no file of the archive"):
            await dropped(stage, [replace(video, kept=replace(video.kept, path=path))])
    assert victim.read_text() == "mine"

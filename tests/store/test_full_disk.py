"""A disk that is full or cannot be written: what was accepted is still written, and nothing is pretended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from orchestrator.errors import DiskError
from orchestrator.facts import Recorded
from orchestrator.ports import Begun
from orchestrator.store import Home, SqliteJournal, open_journal, open_reader
from orchestrator.store.connecting import connect
from orchestrator.store.reserve import Reserve
from orchestrator.store.transacting import rebuild, transaction

from .conftest import tables
from .samples import accepted, began, begin_one, begun, succeeded, terms, unclear

pytestmark = pytest.mark.anyio


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of twelve megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounting = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], check=False)
    if mounting.returncode:
        pytest.skip("this machine lets nobody mount a file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk has no end")


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


async def test_an_accepted_task_is_written_on_a_full_disk(small_disk: Path) -> None:
    """When the disk is full the reserve makes room for what was paid for, and nothing more is begun."""
    home = Home(small_disk / ".orchestrate")
    with open_journal(home, submitter=True) as journal:
        for number in range(5):
            await journal.append([begun(f"take-{number}")])
        filler = fill(small_disk)
        for number in range(5):
            await journal.append([accepted(f"take-{number}", raw="x" * 60_000)])
        assert not home.reserve.exists()
        with pytest.raises(DiskError, match="no room"):
            await begin_one(journal, begun("more"), terms(99), 10)
        with open_reader(home.journal) as reader:
            assert reader.position == 10
        filler.unlink()
        assert isinstance(await begin_one(journal, begun("more"), terms(99), 10), Begun)
        assert home.reserve.exists()


async def test_without_any_room_nothing_is_pretended(small_disk: Path) -> None:
    """A failed commit reaches all who shared it, leaves nothing behind, and the next one works."""
    home = Home(small_disk / ".orchestrate")
    failures: list[str] = []

    async def fails(number: int) -> None:
        with pytest.raises(DiskError) as caught:
            await journal.append([accepted(f"take-{number}", raw="x" * 60_000)])
        failures.append(str(caught.value))

    with open_journal(home, submitter=False) as journal:
        await journal.append([begun(f"take-{number}") for number in range(3)])
        filler = fill(small_disk)
        async with anyio.create_task_group() as tasks:
            for number in range(3):
                tasks.start_soon(fails, number)
        assert len(failures) == 3
        assert "Free some space" in failures[0]
        assert len(await journal.read(0)) == 3
        filler.unlink()
        assert await journal.append([accepted("take-0")]) == (Recorded(4, accepted("take-0")),)


async def test_a_run_does_not_start_without_room_for_its_reserve(small_disk: Path) -> None:
    """Nothing is paid for on a disk that could not take down what comes of it."""
    home = Home(small_disk / ".orchestrate")
    home.create()
    fill(small_disk)
    with pytest.raises(DiskError, match="Free some space"), open_journal(home, submitter=True):
        pass
    assert not home.reserve.exists()


async def test_a_journal_on_a_read_only_disk_can_be_read(small_disk: Path) -> None:
    """Where nothing can be written, reading still works and writing says so."""
    home = Home(small_disk / ".orchestrate")
    with open_journal(home, submitter=True) as journal:
        await journal.append([began()])
    make_read_only(small_disk)
    with open_reader(home.journal) as reader:
        assert list(reader.facts()) == [Recorded(1, began())]
    for submitter in (True, False):
        with pytest.raises(DiskError, match="writ"), open_journal(home, submitter=submitter):
            pass


async def test_a_journal_that_may_not_grow_says_so(on_disk: SqliteJournal, home: Home) -> None:
    """Full is full, also where no small disk can be mounted: the reserve goes, and the error stays ours."""
    await on_disk.append([begun()])
    (pages,) = on_disk._db.execute("PRAGMA page_count").fetchone()
    on_disk._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskError, match="takes no more"):
        await on_disk.append([accepted(raw="x" * 60_000)])
    assert not home.reserve.exists()
    assert len(await on_disk.read(0)) == 1
    on_disk._db.execute("PRAGMA max_page_count = 1000000")
    assert len(await on_disk.append([accepted()])) == 1


async def test_the_reserve_is_really_on_the_disk(tmp_path: Path) -> None:
    """The room set aside is taken from the disk, given up once, and taken again."""
    reserve = Reserve(tmp_path / "reserve", 1_000_000)
    assert not reserve.release()
    reserve.hold()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 1_000_000
    assert reserve.release()
    assert not reserve.release()
    assert not (tmp_path / "reserve").exists()
    (tmp_path / "reserve").write_bytes(b"a rest of one")
    reserve.hold()
    assert (tmp_path / "reserve").stat().st_size == 1_000_000


async def test_what_a_full_disk_undid_is_not_taken_for_written(small_disk: Path) -> None:
    """Another process writes in its place, and the one whose commit failed goes by that."""
    home = Home(small_disk / ".orchestrate")
    with open_journal(home, submitter=False) as one, open_journal(home, submitter=False) as other:
        await one.append([begun("a")])
        filler = fill(small_disk)
        with pytest.raises(DiskError):
            await one.append([accepted("a", task="undone", raw="x" * 60_000)])
        filler.unlink()
        await other.append([unclear("a")])
        await one.append([succeeded("a")])
    before = tables(home.journal)
    with closing(connect(home.journal)) as db, transaction(db):
        rebuild(db)
    assert tables(home.journal) == before

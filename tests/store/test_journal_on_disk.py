"""The journal's file: made whole, checked before it is touched, and read beside its writer."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from orchestrator.errors import DiskError, JournalBrokenError, JournalBusyError, StateError
from orchestrator.facts import Recorded
from orchestrator.identity import TakeKey
from orchestrator.ports import Begun, NoSlot
from orchestrator.store import Home, SqliteJournal, open_folder, open_reader
from orchestrator.store import connecting as connecting_module
from orchestrator.store.connecting import connect_to_read
from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.troubles import our_error

from .conftest import tables
from .samples import (
    MINUTE,
    NOW,
    accepted,
    began,
    begin_one,
    begun,
    kept,
    resolved,
    stopped,
    succeeded,
    terms,
    unclear,
)

pytestmark = pytest.mark.anyio


async def _filled(home: Home, count: int = 40) -> None:
    with open_folder(home, submitter=True) as journal:
        for number in range(count):
            await journal.append([begun(f"take-{number}", prompt="koi " * 50)])


async def test_what_was_written_is_there_when_opened_again(home: Home) -> None:
    """A journal keeps its facts and its id; another journal has another id."""
    with open_folder(home, submitter=True) as journal:
        identity = journal.id
        await journal.append([began(), begun()])
    with open_folder(home, submitter=True) as journal:
        assert journal.id == identity
        assert [each.fact for each in await journal.read(0)] == [began(), begun()]
    with open_folder(Home(home.folder / "other"), submitter=True) as journal:
        assert journal.id != identity


async def test_facts_that_arrive_together_share_one_commit(on_disk: SqliteJournal) -> None:
    """Fifty chains that learn something at once cost one wait for the disk, not fifty."""
    commits: list[str] = []
    on_disk._db.set_trace_callback(lambda said: commits.append(said) if said == "COMMIT" else None)
    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(on_disk.append, [begun(f"take-{number}")])
    assert len(commits) == 1


async def test_money_hangs_on_the_last_commit(on_disk: SqliteJournal) -> None:
    """Every commit waits for the disk (FULL), and readers do not wait for writers (WAL)."""
    assert on_disk._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert on_disk._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert on_disk._db.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_asyncios_own_cancellation_loses_no_accepted_task(home: Home) -> None:
    """A cancellation that knows no shield still writes the facts, and leaves nobody else waiting."""

    async def cancel_the_first() -> None:
        with open_folder(home, submitter=True) as journal:
            first = asyncio.create_task(journal.append([begun("a"), accepted("a")]))
            second = asyncio.create_task(journal.append([begun("b")]))
            await asyncio.sleep(0)
            first.cancel()
            assert await second == (Recorded(3, begun("b")),)
            assert [each.fact for each in await journal.read(0)] == [begun("a"), accepted("a"), begun("b")]

    asyncio.run(cancel_the_first())


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")


def _cut(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)


def _scribbled(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"this is not a database at all, but it is long enough to be one")


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _replaced_by_foreign(path: Path) -> None:
    path.unlink()
    _foreign(path)


def _table_dropped(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE meta")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_newer, "newer orchestrate"),
        (_cut, "damaged"),
        (_scribbled, "damaged"),
        (_emptied, "is empty"),
        (_replaced_by_foreign, "not a journal of orchestrate"),
        (_table_dropped, "damaged"),
    ],
)
async def test_a_file_that_is_no_sound_journal_is_refused_untouched(
    home: Home, harm: Callable[[Path], None], words: str
) -> None:
    """A damaged, foreign or newer file is named, left as it is, and never taken for an empty journal."""
    await _filled(home)
    harm(home.journal)
    before = home.journal.read_bytes()
    with pytest.raises(JournalBrokenError, match=words) as caught, open_folder(home, submitter=True):
        pass
    assert str(home.journal) in str(caught.value)
    assert "Nothing was changed" in str(caught.value)
    assert home.journal.read_bytes() == before
    with pytest.raises(JournalBrokenError), open_reader(home.journal) as reader:
        assert reader.id


async def test_a_journal_that_lost_its_main_file_is_not_begun_anew(home: Home) -> None:
    """Newest facts beside a missing file are a journal in pieces, not an empty one."""
    beside = home.journal.with_name("journal.db-wal")
    with open_folder(home, submitter=True) as journal:
        await journal.append([begun()])
        newest = beside.read_bytes()
    home.journal.unlink()
    beside.write_bytes(newest)
    with pytest.raises(JournalBrokenError, match="its newest facts"), open_folder(home, submitter=True):
        pass


def _deleted(home: Home) -> None:
    shutil.rmtree(home.folder)


def _moved(home: Home) -> None:
    home.journal.rename(home.folder / "old.db")


def _other(home: Home) -> None:
    home.journal.rename(home.folder / "old.db")
    home.journal.write_bytes(b"another")


@pytest.mark.parametrize("remove", [_deleted, _moved, _other])
async def test_a_journal_that_is_removed_in_use_stops_paying_and_loses_nothing(
    home: Home, remove: Callable[[Home], None]
) -> None:
    """What is written into a file that has no name any more nobody would find, and pay for again."""
    with open_folder(home, submitter=True) as journal:
        identity = journal.id
        await journal.append([began(), begun()])
        remove(home)
        with pytest.raises(JournalBrokenError, match=r"journal\.db-saved"):
            await begin_one(journal, begun("another"), terms(), 2)
        with pytest.raises(JournalBrokenError):
            await journal.changed()
        await journal.append([accepted()])  # the answer to what was sent before
    home.journal.unlink(missing_ok=True)
    with pytest.raises(JournalBrokenError, match="what it knew"), open_folder(home, submitter=True):
        pass
    (home.folder / "journal.db-wal").unlink(missing_ok=True)
    home.journal.with_name("journal.db-saved").rename(home.journal)
    with open_folder(home, submitter=True) as again:
        assert again.id == identity
        assert [each.fact for each in await again.read(0)] == [began(), begun(), accepted()]


async def test_a_fact_of_unknown_name_is_a_broken_journal(home: Home) -> None:
    """A fact that this version does not know is never skipped in silence."""
    await _filled(home, 1)
    with closing(sqlite3.connect(home.journal)) as db, db:
        db.execute("INSERT INTO fact (at, name, body) VALUES (0, 'TaskRefunded', '{}')")
    with open_folder(home, submitter=True) as journal:
        with pytest.raises(JournalBrokenError, match="fact 2"):
            await journal.read(0)
        assert len(await journal.read(2)) == 0


async def test_an_older_journal_is_brought_up_to_date(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a migration facts and id are as before, and the tables are made anew from the facts."""
    with open_folder(home, submitter=True) as journal:
        identity = journal.id
        await journal.append([began(), begun(), accepted(), succeeded(), kept(), stopped()])
    expected = tables(home.journal)
    with closing(sqlite3.connect(home.journal)) as db, db:
        db.execute("UPDATE spent SET calls = 77")
    later = (*MIGRATIONS, ("CREATE TABLE later (x INTEGER) STRICT",))
    monkeypatch.setattr(connecting_module, "MIGRATIONS", later)
    with open_reader(home.journal) as reader:
        assert reader.id == identity
        assert reader.position == 6
    assert tables(home.journal) == expected
    monkeypatch.undo()
    with pytest.raises(JournalBrokenError, match=r"format 3, this one knows 2"), open_reader(home.journal):
        pass


async def test_a_migration_that_fails_leaves_the_old_journal(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration happens whole or not at all."""
    await _filled(home, 2)
    broken = (*MIGRATIONS, ("CREATE TABLE later (x INTEGER) STRICT", "DROP TABLE no_such"))
    monkeypatch.setattr(connecting_module, "MIGRATIONS", broken)
    with pytest.raises(StateError), open_folder(home, submitter=True):
        pass
    monkeypatch.undo()
    with open_folder(home, submitter=True) as journal:
        assert len(await journal.read(0)) == 2


async def test_a_reader_is_never_blocked(home: Home) -> None:
    """Facts are read while a writer is in the middle of a transaction, and nothing can be written."""
    with open_folder(home, submitter=True) as journal, open_reader(home.journal) as reader:
        await journal.append([began(), begun(), accepted(), succeeded()])
        journal._db.execute("BEGIN IMMEDIATE")
        assert [each.position for each in reader.facts(2)] == [3, 4]
        assert reader.position == 4
        assert reader.plans() == {"p": 1}
        with (
            closing(connect_to_read(home.journal)) as db,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            db.execute("DELETE FROM spent")
        journal._db.execute("ROLLBACK")
        await journal.append([kept()])
        assert list(reader.facts(4)) == [Recorded(5, kept())]


async def test_takes_are_found_by_the_names_people_have(home: Home) -> None:
    """A task id, a video id or the beginning of a key leads to the take, and nothing else does."""
    with open_folder(home, submitter=True) as journal, open_reader(home.journal) as reader:
        await journal.append([begun("abc"), accepted("abc"), begun("abd", number=1), succeeded("abc")])
        await journal.append([resolved("abd")])
        for name in ("abc", "task-abc-1", "video-abc"):
            assert reader.named(name) == (TakeKey("abc"),)
        assert reader.named("task") == (TakeKey("abc"),)
        assert reader.named("ab") == reader.named("%%%%") == ()


async def test_reading_where_nothing_is_says_what_makes_it(home: Home) -> None:
    """A reading command makes no journal."""
    with pytest.raises(StateError, match="no journal at"), open_reader(home.journal):
        pass
    assert not home.folder.exists()


async def test_two_writers_never_begin_on_old_knowledge(home: Home) -> None:
    """Whatever went wrong above, a second writer of the same file cannot begin the same attempt."""
    with open_folder(home, submitter=True) as one, open_folder(home, submitter=False) as other:
        await begin_one(one, begun(), terms(), 0)
        assert type(await begin_one(other, begun(), terms(), 0)).__name__ == "Stale"
        assert type(await begin_one(other, begun(), terms(), 1)).__name__ == "Taken"


async def test_a_locked_journal_is_busy_and_then_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock held by somebody else is waited for briefly; what failed is not written, and the next is."""
    monkeypatch.setattr(connecting_module, "PATIENCE", 0.05)
    with open_folder(home, submitter=True) as journal, closing(sqlite3.connect(home.journal)) as db:
        db.isolation_level = None
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalBusyError, match="locked by another process"):
            await journal.append([begun()])
        with pytest.raises(JournalBusyError):
            await begin_one(journal, begun(), terms(), 0)
        db.execute("ROLLBACK")
        assert await journal.append([begun()]) == (Recorded(1, begun()),)


BUGS = {"ABORT", "CONSTRAINT", "EMPTY", "INTERNAL", "MISMATCH", "MISUSE", "NOTFOUND", "RANGE", "SCHEMA"}
TROUBLES = {
    JournalBrokenError: {"CORRUPT", "ERROR", "FORMAT", "NOTADB"},
    JournalBusyError: {"BUSY", "LOCKED", "PROTOCOL"},
    DiskError: {"AUTH", "CANTOPEN", "FULL", "IOERR", "NOLFS", "PERM", "READONLY"},
    StateError: {"INTERRUPT", "NOMEM", "TOOBIG"},
    AssertionError: BUGS,
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in TROUBLES.items() for name in sorted(names)]
)
def test_every_error_of_sqlite_becomes_one_of_ours(kind: type[Exception], name: str) -> None:
    """No result code of SQLite reaches a person as a foreign error: each has its class, or is our bug."""
    error = sqlite3.DatabaseError("words")
    error.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{name}") | 3 << 8  # an extended code keeps its class
    ours = our_error(error, Path("journal.db"))
    assert type(ours) is kind
    assert "journal.db" in str(ours)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite3.ProgrammingError("closed"), AssertionError),
        (sqlite3.OperationalError("Could not decode to UTF-8"), JournalBrokenError),
    ],
)
def test_errors_without_a_code_are_told_apart(error: sqlite3.Error, kind: type[Exception]) -> None:
    """Errors of Python's own module have a class too."""
    assert type(our_error(error, Path("journal.db"))) is kind


async def test_a_slot_is_free_to_the_millisecond(on_disk: SqliteJournal) -> None:
    """By the time that the attempt is begun at, an unclear one holds its slot up to its last moment."""
    until, millisecond = NOW + 10 * MINUTE, timedelta(milliseconds=1)
    await on_disk.append([begun("a"), unclear("a", until=until)])
    assert await begin_one(on_disk, begun("b", at=until - millisecond), terms(slots=1), 2) == NoSlot()
    assert isinstance(await begin_one(on_disk, begun("b", at=until), terms(slots=1), 2), Begun)

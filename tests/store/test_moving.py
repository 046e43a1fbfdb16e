"""A journal moved between its homes: nothing lost, nothing begun twice, formats brought up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")

from orchestrator.checkup import Verdict
from orchestrator.errors import JournalBusyError, StateError
from orchestrator.facts import Fact
from orchestrator.store import (
    Database,
    Home,
    copy_journal,
    examine,
    migrate_home,
    open_folder,
    open_journal,
    open_reader,
    submitters,
)
from orchestrator.store.postgres import migrations, opening, standing

from .conftest import shared_tables, tables
from .samples import accepted, began, begun, declined, kept, resolved, succeeded, unclear

pytestmark = pytest.mark.anyio

ODD = 'half \ud83d, "quoted" \\ud800, NUL \x00, 锦鲤 🐟'
FACTS: tuple[Fact, ...] = (
    began(),
    begun("a", place=ODD),
    accepted("a", raw=ODD),
    succeeded("a", units="1.50"),
    kept("a"),
    begun("b"),
    unclear("b"),
    resolved("b"),
    begun("c"),
    declined("c"),
    begun("d", run="run-2", units=None, cost=None),
)


async def _filled(home: Home, *facts: Fact) -> None:
    with open_journal(home, submitter=False) as journal:
        await journal.append(facts)


def _read(home: Home) -> tuple[str, list[object]]:
    with open_reader(home) as reader:
        return reader.id, list(reader.facts())


async def test_a_journal_moves_both_ways_without_loss(home: Home, shared: Home, tmp_path: Path) -> None:
    """Into a database and out again: the same id, facts, places and tables, however odd the text."""
    await _filled(home, *FACTS)
    back = Home(tmp_path / "back" / ".orchestrate")
    assert copy_journal(home, shared) == len(FACTS)
    assert _read(shared) == _read(home)
    assert shared_tables(shared) == tables(home.journal)
    assert copy_journal(shared, back) == len(FACTS)
    assert _read(back) == _read(home)
    assert tables(back.journal) == tables(home.journal)


async def test_a_journal_that_was_moved_begins_nothing(home: Home, shared: Home) -> None:
    """Where it was copied from, nobody goes on and pays again; what is new there comes back with a copy."""
    await _filled(home, *FACTS)
    copy_journal(home, shared)
    with pytest.raises(StateError, match="goes on there"), open_folder(home, submitter=True):
        pass
    with pytest.raises(StateError, match="goes on there"), open_journal(home, submitter=False):
        pass
    await _filled(shared, begun("new"))
    assert copy_journal(shared, home) == len(FACTS) + 1
    with pytest.raises(StateError, match="goes on there"), open_journal(shared, submitter=True):
        pass
    await _filled(home, accepted("new"))
    assert _read(home)[1][:-1] == _read(shared)[1]


async def test_journals_that_parted_are_not_mixed(home: Home, shared: Home, tmp_path: Path) -> None:
    """Into another journal, or one with facts of its own, nothing is copied and nothing is changed."""
    await _filled(home, *FACTS)
    await _filled(shared, began("q"))
    before = _read(shared)
    with pytest.raises(StateError, match="holds another journal"):
        copy_journal(home, shared)
    assert _read(shared) == before
    other = Home(tmp_path / "other" / ".orchestrate")
    copy_journal(home, other)
    with closing(sqlite3.connect(other.journal)) as db, db:
        db.execute("DELETE FROM meta WHERE name = 'moved'")
    await _filled(other, began("r"))
    with pytest.raises(StateError, match="after they parted"):
        copy_journal(home, other)


async def test_nothing_is_copied_while_somebody_submits(home: Home, shared: Home) -> None:
    """A journal in use is not moved away under its writer; who uses it is named."""
    await _filled(home, *FACTS)
    with open_folder(home, submitter=True), pytest.raises(JournalBusyError, match="is submitting"):
        copy_journal(home, shared)
    with open_journal(shared, submitter=True) as journal:
        await journal.changed()
        (name,) = submitters(shared)
        with pytest.raises(JournalBusyError, match="is in use: process"):
            copy_journal(home, shared)
    assert name.startswith("process")
    assert submitters(shared) == ()
    assert copy_journal(home, shared) == len(FACTS)


async def test_an_old_format_is_migrated_once_nobody_writes_it(
    shared: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While an older version runs the tables stay as they are; then they are made anew."""
    await _filled(shared, *FACTS)
    expected = shared_tables(shared)
    with open_journal(shared, submitter=True) as old:
        await old.changed()
        later = (*migrations.MIGRATIONS, ("ALTER TABLE spent ADD COLUMN later TEXT",))
        for module in (opening, standing):
            monkeypatch.setattr(module, "MIGRATIONS", later)
        with pytest.raises(StateError, match="state migrate"), open_reader(shared):
            pass
        with pytest.raises(JournalBusyError, match="older orchestrate: process"):
            migrate_home(shared)
        monkeypatch.undo()
    for module in (opening, standing):
        monkeypatch.setattr(module, "MIGRATIONS", later)
    assert migrate_home(shared) == (1, 2)
    assert migrate_home(shared) == (2, 2)
    assert {name: rows for name, rows in shared_tables(shared).items() if name != "spent"} == {
        name: rows for name, rows in expected.items() if name != "spent"
    }
    monkeypatch.undo()
    with pytest.raises(StateError, match="newer orchestrate"), open_journal(shared, submitter=True):
        pass


async def test_a_process_that_slept_through_a_migration_writes_nothing(
    shared: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped worker of an older version that wakes up is told to upgrade, before it begins anything."""
    await _filled(shared, began())
    with open_journal(shared, submitter=False) as old:
        await old.append([begun("a")])
        assert shared.database is not None
        later = (*migrations.MIGRATIONS, ())
        with monkeypatch.context() as newer:
            for module in (opening, standing):
                newer.setattr(module, "MIGRATIONS", later)
            assert migrate_home(shared) == (1, 2)
        with pytest.raises(StateError, match="newer orchestrate"):
            await old.append([accepted("a")])
    with monkeypatch.context() as newer:
        newer.setattr(standing, "MIGRATIONS", later)
        assert len(_read(shared)[1]) == 2


def test_a_place_without_a_journal_has_nothing_to_move(home: Home, shared: Home) -> None:
    """Whoever mistypes a place is told so, and no empty journal is made of it."""
    with pytest.raises(StateError, match="nothing to copy"):
        copy_journal(home, shared)
    with pytest.raises(StateError, match="nothing to copy"):
        copy_journal(shared, home)
    with pytest.raises(StateError, match="two places"):
        copy_journal(home, home)
    with pytest.raises(StateError, match="no journal"):
        migrate_home(shared)
    nowhere = Home(home.folder, Database("postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(StateError, match="cannot be reached"):
        migrate_home(nowhere)
    assert not home.exists


async def test_a_checkup_looks_at_a_database(shared: Home) -> None:
    """What a run needs of a database is looked at for nothing: reached, readable, who submits, whose time."""
    assert [(each.name, each.verdict) for each in examine(shared)][1:] == [("journal", Verdict.OK)]
    await _filled(shared, *FACTS)
    with open_journal(shared, submitter=True) as journal:
        await journal.changed()
        found = {each.name: each for each in examine(shared)}
    assert all(each.verdict is Verdict.OK for each in found.values())
    assert "11 facts" in found["journal"].found
    assert "process" in found["submitters"].found
    assert "agrees" in found["its clock"].found
    nowhere = Home(shared.folder, Database("postgresql://x:hush@127.0.0.1:1/none"))
    (_, away) = examine(nowhere)
    assert away.verdict is not Verdict.OK
    assert "hush" not in f"{away}"

"""A journal in PostgreSQL: many writers, one count of everything, and a database that goes away."""

# ruff: noqa: E402  # what stands below the skip needs what is skipped for

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

psycopg = pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")

from orchestrator.errors import JournalBrokenError, StateError
from orchestrator.facts import AttemptBegun, Recorded
from orchestrator.ports import Begun, Intent, NoSlot, Terms
from orchestrator.store import Database, Home, OpenJournal, open_journal
from orchestrator.store.postgres import connecting, link, open_database
from orchestrator.store.postgres import journal as journal_module
from orchestrator.store.postgres.transacting import LOCK
from tests.postgres import Server, own_server

from .cutting import Moment, cable
from .samples import NOW, accepted, began, begin_one, begun, declined, kept, succeeded, terms

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def other(shared: Home, in_database: OpenJournal) -> Iterator[OpenJournal]:
    """A second writer of the same journal."""
    with open_journal(shared, submitter=True) as journal:
        yield journal


async def test_both_write_one_journal(in_database: OpenJournal, other: OpenJournal) -> None:
    """Writers share the id, see each other's facts in one order, and are told that there is news."""
    assert in_database.id == other.id
    assert not await other.changed()
    await in_database.append([began()])
    await other.append([begun()])
    assert await in_database.read(0) == await other.read(0)
    with anyio.fail_after(5):
        while not await in_database.changed():
            await anyio.sleep(0.01)
    assert not await in_database.changed()


async def test_much_is_read_in_portions(in_database: OpenJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many facts there are, all are read, each once and in order."""
    facts = [begun(f"take-{number}") for number in range(10)]
    await in_database.append(facts)
    for portion in (1, 3, 5, 10, 11):
        monkeypatch.setattr(journal_module, "PORTION", portion)
        assert [each.fact for each in await in_database.read(0)] == facts
        assert [each.position for each in await in_database.read(4)] == [5, 6, 7, 8, 9, 10]


async def test_an_intents_time_is_the_databases(in_database: OpenJournal) -> None:
    """Whatever a worker's own clock says, an intent is begun and expires by the clock that all share."""
    beginning = await begin_one(in_database, begun(at=NOW - timedelta(days=400)), terms(), 0)
    assert isinstance(beginning, Begun)
    assert isinstance(beginning.recorded.fact, AttemptBegun)
    assert abs(beginning.recorded.fact.at - in_database.now()) < timedelta(seconds=20)


async def test_the_longest_line_goes_first_on_whichever_machine(
    in_database: OpenJournal, other: OpenJournal
) -> None:
    """A slot that becomes free goes to the writer with the most below it, not to the first who asks."""
    await in_database.append([begun("a")])
    assert await begin_one(other, begun("long"), Terms(1, level=900), 1) == NoSlot()
    await in_database.append([accepted("a"), succeeded("a")])
    assert await begin_one(in_database, begun("short"), Terms(1, level=10), 3) == NoSlot()
    assert isinstance(await begin_one(in_database, begun("short"), Terms(2, level=10), 3), Begun)
    assert isinstance(await begin_one(other, begun("long"), Terms(2, level=900), 3), Begun)


async def test_who_stands_by_is_left_the_next_slot(in_database: OpenJournal, other: OpenJournal) -> None:
    """A worker that knows all slots to be taken need not ask all the time: the next one is kept for it."""
    await in_database.append([begun("a")])
    await other.stand_by("dmxapi", 900)
    await in_database.append([accepted("a"), succeeded("a")])
    assert await begin_one(in_database, begun("short"), Terms(1, level=10), 3) == NoSlot()
    assert isinstance(await begin_one(in_database, begun("longer"), Terms(1, level=901), 3), Begun)


async def test_a_refusal_for_haste_slows_all_machines(in_database: OpenJournal, other: OpenJournal) -> None:
    """What one worker was told by the provider, no other worker asks again before the time is over."""
    hasty = replace(declined("a"), code="1302", retry_after=900)
    await in_database.append([begun("a"), hasty, begun("b", account="kling")])
    beginning = await begin_one(other, begun("c"), terms(9), 3)
    assert isinstance(beginning, NoSlot)
    assert 800 < beginning.pause <= 900
    assert isinstance(await begin_one(other, begun("d", account="kling"), terms(9), 3), Begun)


async def test_full_slots_are_no_haste(in_database: OpenJournal, other: OpenJournal) -> None:
    """A refusal because all slots are taken closes no account: the gates learn how many there are."""
    await in_database.append([begun("a"), declined("a")])
    assert isinstance(await begin_one(other, begun("c"), terms(9), 2), Begun)


def test_processes_that_make_the_journal_make_one(shared: Home) -> None:
    """Workers that start at once on an empty database end up with one journal, and none with an error."""

    def opened(_: int) -> str:
        with open_journal(shared, submitter=True) as journal:
            return journal.id

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(opened, range(8)))) == 1


PAYERS = """
import sys, anyio
from decimal import Decimal
from pathlib import Path
from orchestrator.store import Database, Home, open_journal
from orchestrator.ports import Begun
from tests.store.samples import begin_one, begun, plan_may, terms, accepted, declined

async def main(journal, name, count, slots, most):
    for number in range(count):
        intent = begun(f"{name}-{number}", plan="p", chain=name)
        known = (await journal.read(0))[-1].position if number % 7 == 0 else 0
        beginning = await begin_one(journal, intent, terms(slots, plan_may(calls=most)), known)
        if isinstance(beginning, Begun) and number % 2:
            await journal.append([declined(intent.take)])

with open_journal(Home(Path(sys.argv[1]), Database(sys.argv[2])), submitter=True) as journal:
    anyio.run(main, journal, sys.argv[3], 60, int(sys.argv[4]), int(sys.argv[5]))
"""


@pytest.mark.parametrize(("slots", "calls"), [(7, 99), (99, 23)], ids=["slots", "budget"])
async def test_many_processes_never_exceed_a_limit(
    shared: Home, in_database: OpenJournal, slots: int, calls: int
) -> None:
    """Whatever several processes begin at once, slots and budgets hold at every position of the journal."""
    assert shared.database is not None
    await in_database.append([began()])
    words = [str(shared.folder), shared.database.url]
    limits = [str(slots), str(calls)]
    workers = [
        subprocess.Popen([sys.executable, "-c", PAYERS, *words, name, *limits], cwd=ROOT) for name in "xyz"
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    facts = await in_database.read(0)
    assert [each.position for each in facts] == list(range(1, len(facts) + 1))
    open_now = most_open = calls_now = 0
    for each in facts[1:]:
        step = 1 if isinstance(each.fact, AttemptBegun) else -1
        open_now, calls_now = open_now + step, calls_now + step
        most_open = max(most_open, open_now)
        assert open_now <= slots
        assert calls_now <= calls
    assert most_open == min(slots, calls)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that may be stopped hard."""
    with own_server() as server:
        yield server


@pytest.fixture
def mortal(server: Server, tmp_path: Path) -> Home:
    """A home in a new database of that server."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server.url, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return Home(tmp_path / "state", Database(server.url.removesuffix("postgres") + name))


async def test_a_database_that_goes_away_is_waited_for(
    server: Server, mortal: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """What is written while the server is down is there once it is back, in order; the wait is said once."""
    with open_journal(mortal, submitter=True) as journal:
        await journal.append([begun("a")])
        server.kill()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(journal.append, [accepted("a")])
            tasks.start_soon(journal.append, (succeeded("a"), kept("a")))
            await anyio.sleep(0.3)
            server.start()
        assert await journal.changed()
        facts = await journal.read(0)
    assert [each.fact for each in facts] == [begun("a"), accepted("a"), succeeded("a"), kept("a")]
    away, back = (each.getMessage() for each in caplog.records if each.name.startswith("orchestrator"))
    assert "is away, and is waited for: " in away
    assert "is back" in back
    assert "secret" not in caplog.text


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_commit_of_unknown_outcome_is_looked_for(shared: Home, moment: Moment) -> None:
    """A cable cut around a commit: every fact is there once, in order, and each writer knows its place."""
    assert shared.database is not None
    with (
        cable(shared.database.url) as wire,
        open_journal(Home(shared.folder, Database(wire.url)), submitter=True) as journal,
    ):
        await journal.append([begun("a"), begun("b")])
        wire.cut(moment)
        assert await journal.append([accepted("a")]) == (Recorded(3, accepted("a")),)
        wire.cut(moment)
        wanted = [Intent(begun(name), terms(4)) for name in "cde"]
        beginning, another, full = await journal.begin(wanted, 3)
        assert isinstance(beginning, Begun)
        assert isinstance(another, Begun)
        assert full == NoSlot()
        wire.cut(moment)
        assert await begin_one(journal, begun("e"), terms(4), 5) == NoSlot()
        wire.cut(moment)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(journal.append, (succeeded("a"), kept("a")))
            tasks.start_soon(journal.append, (accepted("b"),))
        facts = await journal.read(0)
        assert wire.cuts == 4
    assert [each.position for each in facts] == list(range(1, 9))
    assert facts[3:5] == (beginning.recorded, another.recorded)
    assert [each.fact for each in facts[5:]] == [succeeded("a"), kept("a"), accepted("b")]


async def test_another_writer_in_the_meantime_is_not_taken_for_ours(
    shared: Home, in_database: OpenJournal
) -> None:
    """Where our commit never arrived and somebody else wrote in its place, ours is written after it."""
    assert shared.database is not None
    with (
        cable(shared.database.url) as wire,
        open_journal(Home(shared.folder, Database(wire.url)), submitter=True) as journal,
    ):
        await journal.append([begun("a")])
        wire.cut("before")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(journal.append, (accepted("a"),))
            while not wire.cuts:
                await anyio.sleep(0.005)
            tasks.start_soon(in_database.append, (begun("b"),))
        facts = [each.fact for each in await journal.read(1)]
    assert facts in ([begun("b"), accepted("a")], [accepted("a"), begun("b")])


async def test_silence_is_not_waited_for_for_ever(
    shared: Home, in_database: OpenJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection over which nothing comes any more, and that nobody closes, is made anew."""
    assert shared.database is not None
    monkeypatch.setattr(link, "ANSWER", 0.3)
    with (
        cable(shared.database.url) as wire,
        open_journal(Home(shared.folder, Database(wire.url)), submitter=True) as journal,
    ):
        await journal.append([begun("a")])
        for act in (journal.append([accepted("a")]), journal.read(0), journal.stand_by("account", 1.0)):
            wire.silence()
            with anyio.fail_after(20):
                await act
    assert [each.fact for each in await in_database.read(0)] == [begun("a"), accepted("a")]


async def test_a_process_that_is_stopped_in_the_middle_holds_nobody_up(
    shared: Home, in_database: OpenJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the writers' lock and does not go on loses it, with all it had not committed."""
    await in_database.append([begun("a")])
    assert shared.database is not None
    monkeypatch.setitem(connecting._SESSION, "idle_in_transaction_session_timeout", "200ms")
    with connecting.connect(shared.database) as stopped:
        stopped.execute("BEGIN")
        stopped.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        assert await in_database.append([accepted("a")]) == (Recorded(2, accepted("a")),)
        with pytest.raises(psycopg.Error):
            stopped.execute("SELECT 1")


async def test_a_journal_that_lost_facts_is_not_gone_on_with(shared: Home, in_database: OpenJournal) -> None:
    """After a fail-over to a copy that was behind nothing more is begun: what it forgot may be paid for."""
    await in_database.append([began(), begun("a")])
    await in_database.append([accepted("a")])
    assert shared.database is not None
    with connecting.connect(shared.database) as db:
        db.execute("ALTER TABLE fact DISABLE TRIGGER USER")
        db.execute("UPDATE attempt SET position = 2")
        db.execute("DELETE FROM fact WHERE position = 3")
    with pytest.raises(JournalBrokenError, match="lost its newest facts"):
        await begin_one(in_database, begun("b"), terms(), 3)


async def test_a_database_that_stays_away_is_named(shared: Home, in_database: OpenJournal) -> None:
    """Patience over, the error says what cannot be reached and how to go on, and no password."""
    assert shared.database is not None
    with (
        cable(shared.database.url) as wire,
        open_database(Database(wire.url), patience=0.0) as journal,
    ):
        await journal.read(0)
        wire.close()
        wire.cut("before")
        with pytest.raises(StateError, match="cannot be reached") as caught:
            await begin_one(journal, begun("a"), terms(), 0)
    assert "orchestrate resume" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert await in_database.read(0) == ()


async def test_a_cancelled_wait_for_the_database_begins_nothing(mortal: Home, server: Server) -> None:
    """A run that is drained while the database is away ends, and leaves no intent behind."""
    with open_journal(mortal, submitter=True) as journal:
        await journal.append([began()])
        server.kill()
        try:
            with anyio.move_on_after(0.2) as scope:
                await begin_one(journal, begun("a"), terms(), 1)
            assert scope.cancelled_caught
        finally:
            server.start()
        assert await journal.read(1) == ()

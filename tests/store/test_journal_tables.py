"""The projected tables say what the facts say, whatever happened and in whatever portions."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.budget import Allowance, scopes
from orchestrator.facts import (
    AttemptBegun,
    DriftMeasured,
    Fact,
    FileDropped,
    TakeRetried,
    TaskMissed,
    Verdict,
    VideoAdopted,
    VideoLost,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import LIFETIME
from orchestrator.plan import Limits
from orchestrator.ports import Beginning, OverBudget
from orchestrator.store import Home, SqliteJournal, open_folder, open_reader
from orchestrator.store.connecting import connect
from orchestrator.store.transacting import rebuild, record, transaction

from .conftest import tables
from .memory import MemoryJournal
from .samples import (
    MINUTE,
    NOW,
    accepted,
    begin_one,
    begun,
    declined,
    failed,
    kept,
    plan_may,
    resolved,
    succeeded,
    terms,
    unclear,
)

TAKES = ("a", "b")
ACCOUNT = "dmxapi"


def _of(take: str, number: int) -> list[Fact]:
    key = TakeKey(take)
    return [
        begun(take, number),
        begun(take, number, units=None, cost=None, run="run-2", account="kling"),
        accepted(take, number),
        TaskMissed(NOW, key, number, "task", "unknown"),
        unclear(take, number),
        declined(take, number),
        failed(take, number),
        succeeded(take, number, units="1.50"),
        succeeded(take, number),
        resolved(take, number, Verdict.ABANDONED),
        resolved(take, number, Verdict.NOT_SUBMITTED),
        resolved(take, number, Verdict.TASK, "task-9"),
        VideoAdopted(NOW, key, ACCOUNT, "task-0", f"video-{take}"),
        kept(take),
        FileDropped(NOW, key, "gc"),
        VideoLost(NOW, key, "30 days are over"),
        TakeRetried(NOW, key),
        DriftMeasured(NOW, key, because="cut short"),
    ]


FACTS = [fact for take in TAKES for number in (1, 2) for fact in _of(take, number)]
BEGINNINGS = [fact for fact in FACTS if isinstance(fact, AttemptBegun)]

Call = Sequence[Fact] | AttemptBegun
GROUP = st.lists(st.sampled_from(FACTS), min_size=1, max_size=2)
FIRST: list[Fact] = [begun("a", account="kling"), begun("b", cost=None)]
"""Begun at once, so that most of what is drawn then can have happened."""

CALLS = st.lists(
    st.tuples(st.booleans(), st.one_of(GROUP, st.sampled_from(BEGINNINGS))), min_size=15, max_size=40
)
"""Each with whether another process makes it, beside the one that makes the others."""


async def _answer(journal: SqliteJournal | MemoryJournal, call: Call) -> object:
    try:
        if isinstance(call, AttemptBegun):
            known = max(0, len(await journal.read(0)) - call.number)
            beginning: Beginning = await begin_one(journal, call, terms(1, plan_may(units=6)), known)
            # An amount in the words may be 3.5 here and 3.50 there.
            return OverBudget if isinstance(beginning, OverBudget) else beginning
        return await journal.append(call)
    except AssertionError:
        return AssertionError


async def _compare(home: Home, calls: Sequence[tuple[bool, Call]]) -> None:
    model = MemoryJournal()
    with open_folder(home, submitter=False) as journal, open_folder(home, submitter=False) as another:
        for elsewhere, call in ((False, FIRST), *calls):
            found = await _answer(another if elsewhere else journal, call)
            assert found == await _answer(model, call)
        assert await journal.read(0) == await model.read(0)
    with open_reader(home.journal) as reader:
        for take in TAKES:
            assert reader.take(TakeKey(take)) == model.lineage.take(TakeKey(take))
        assert set(reader.open_takes()) == set(model.lineage.open)
        assert set(reader.unkept_takes()) == set(model.lineage.unkept)
        for each in model.ledger.entries.values():
            for plan, chain, run in scopes(each.begun):
                allowance = Allowance(Limits(), plan or "p", chain, run)
                assert reader.spent(allowance.scope) == model.ledger.spent(allowance)
    for at in (NOW, NOW + 10 * MINUTE, NOW + LIFETIME):
        assert _slots(home.journal, at - NOW) == model.lineage.in_the_air(ACCOUNT, at)


def _slots(path: Path, later: timedelta) -> int:
    at = int((NOW + later).timestamp() * 1000)
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT count(*) FROM attempt WHERE account = ? AND slot_until > ?"
        (count,) = db.execute(query, (ACCOUNT, at)).fetchone()
    return int(count)


@settings(max_examples=80, deadline=None)
@given(calls=CALLS)
def test_the_tables_agree_with_lineage_and_ledger(calls: Sequence[tuple[bool, Call]]) -> None:
    """Slots, sums and takes in the tables are what the facts add up to, whichever process wrote them."""
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(_compare, Home(Path(folder) / ".orchestrate"), calls)


@settings(max_examples=80, deadline=None)
@given(groups=st.lists(GROUP, min_size=15, max_size=40))
def test_replaying_the_facts_gives_exactly_the_tables(groups: list[list[Fact]]) -> None:
    """Written bit by bit, replayed at once elsewhere, or made anew in place: equal rows, equal sums."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.db", Path(folder) / "other.db"
        facts = _written(one, [FIRST, *groups])
        incremental = tables(one)
        with closing(connect(other)) as db, transaction(db):
            record(db, facts)
        assert tables(other) == incremental
        with closing(connect(one)) as db, transaction(db):
            rebuild(db)
        # A sum that came back to nothing says as much as one that never was.
        assert tables(one) == incremental


def _written(path: Path, groups: list[list[Fact]]) -> list[Fact]:
    written: list[Fact] = []
    with closing(connect(path)) as db:
        for group in groups:
            try:
                with transaction(db):
                    record(db, group)
            except AssertionError:
                continue
            written += group
    return written


@pytest.mark.parametrize("statement", ["UPDATE fact SET at = 0", "DELETE FROM fact"])
def test_a_fact_is_never_changed_or_removed(home: Home, statement: str) -> None:
    """Not even somebody with a SQL shell rewrites what happened by accident."""
    home.create()
    with closing(connect(home.journal)) as db:
        record(db, [begun()])
        with pytest.raises(sqlite3.IntegrityError, match="a fact is never"):
            db.execute(statement)

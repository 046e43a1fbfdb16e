"""The crash matrix again, with the journal in a real PostgreSQL: its own code, on virtual time."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")

import psycopg
from psycopg.waiting import wait

from orchestrator.lineage import Lineage
from orchestrator.store import Database, Home, open_reader
from orchestrator.store.postgres import connecting, journal, link, write_database
from orchestrator.store.recording import rebuilding
from orchestrator.store.statements import Steps
from tests.scenarios.stage import Stage
from tests.store.conftest import shared_tables

from .stage import Reaper
from .test_crashes import NEEDED, a_stage, scenario, shape

pytestmark = pytest.mark.anyio

EVERY = int(os.environ.get("ORCHESTRATE_EVERY", "8"))
"""Each so-many-th instant: `ORCHESTRATE_EVERY=1 pytest tests/scenarios/test_crashes_shared.py` takes all."""


class Blocking(psycopg.AsyncConnection[Any]):
    """psycopg's asynchronous connection, its waiting done in line: virtual time waits for nobody else."""

    made_by: psycopg.Connection[Any] | None = None
    """Whoever opened it, kept alive with it."""

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return wait(gen, self.pgconn.socket, interval)


async def _connect(database: Database) -> Any:
    db = connecting.connect(database)
    blocking = Blocking(db.pgconn)
    blocking._autocommit = True
    blocking.made_by = db
    await blocking.execute(f"LISTEN {connecting.CHANNEL}")
    return blocking


@pytest.fixture
def in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL on virtual time: short calls that block the loop, and no pace by its own clock."""
    monkeypatch.setattr(link, "connect_async", _connect)
    monkeypatch.setattr(journal, "paced", lambda recorded: [])


@pytest.fixture
def stages(postgres_server: str, tmp_path: Path) -> Iterator[Callable[[], Stage]]:
    """Stages whose journals are in databases of their own."""
    made: list[str] = []

    def stage() -> Stage:
        name = f"crash_{secrets.token_hex(6)}"
        with psycopg.connect(postgres_server, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}")
        made.append(name)
        found = a_stage(tmp_path / name)
        found.home = Home(found.home.folder, Database(f"{postgres_server.rpartition('/')[0]}/{name}"))
        return found

    yield stage
    with psycopg.connect(postgres_server, autocommit=True) as db:
        for name in made:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _audit(home: Home) -> None:
    """The projected tables say what the facts say: made anew, they are the same."""
    assert home.database is not None
    before = shared_tables(home)
    with write_database(home.database) as write:
        write(_rebuilt())
    assert shared_tables(home) == before


def _rebuilt() -> Steps[int]:
    yield from rebuilding()
    return 0


def _lineage(stage: Stage) -> Lineage:
    with open_reader(stage.home) as reader:
        return Lineage(reader.facts())


async def test_dying_anywhere_pays_nothing_twice_in_a_shared_journal_either(
    in_line: None, stages: Callable[[], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after appends, requests and answers: paid is what was needed, and nothing differs."""
    stage, reaper = stages(), Reaper()
    monkeypatch.setattr(link.Link, "now", lambda self: stage.clock.now())
    await stage.run(scenario(), reaper=reaper)
    wanted = shape(_lineage(stage))
    assert reaper.passed > 100
    for instant in range(1, reaper.passed + 1, EVERY):
        stage = stages()
        await stage.run_to_death(scenario(), at=instant)
        await stage.run(scenario())
        assert Counter(payment.prompt for payment in stage.payments) == NEEDED, instant
        lineage = _lineage(stage)
        assert shape(lineage) == wanted, instant
        assert not lineage.open, instant
        _audit(stage.home)
        assert {payment.task_id for payment in stage.payments} <= set(lineage.tasks), instant

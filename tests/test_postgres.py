"""The PostgreSQL that other tests stand on is a real one, and can be stopped hard."""

from __future__ import annotations

import pytest

from .postgres import own_server

psycopg = pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")


def test_every_test_has_a_database_of_its_own(postgres_url: str) -> None:
    """What one test leaves behind, no other test finds."""
    with psycopg.connect(postgres_url) as db:
        tables = db.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_what_was_committed_outlives_a_hard_stop() -> None:
    """A server that is stopped hard and started again has what it confirmed, and nothing else."""
    with own_server() as server:
        with psycopg.connect(server.url) as db:
            db.execute("CREATE TABLE kept AS SELECT 1 AS one")
        left = psycopg.connect(server.url)
        left.execute("INSERT INTO kept VALUES (2)")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            left.commit()
        server.start()
        with psycopg.connect(server.url) as db:
            assert db.execute("SELECT one FROM kept").fetchall() == [(1,)]

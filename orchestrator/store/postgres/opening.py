"""Opening a journal in PostgreSQL: made when there is none, checked before anything is written."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from orchestrator.errors import StateError
from orchestrator.store.database import Database
from orchestrator.store.postgres.connecting import connect
from orchestrator.store.postgres.journal import PATIENCE, PostgresJournal
from orchestrator.store.postgres.link import LOCK
from orchestrator.store.postgres.migrations import MIGRATIONS, SCHEMA
from orchestrator.store.postgres.source import PostgresSource
from orchestrator.store.postgres.standing import STANDING, Standing, read_standing
from orchestrator.store.postgres.troubles import translated

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 130_000
"""The first PostgreSQL that still got mends when this was written, as libpq counts."""


@contextmanager
def open_database(database: Database, patience: float = PATIENCE) -> Iterator[PostgresJournal]:
    """The journal there, made when there is none; any number of processes may have it open."""
    with translated(database), connect(database) as db:
        if not _is_there(db):
            _create(db, database)
        standing = _standing(db)
    standing.check_format(database)
    journal = PostgresJournal(database, standing, patience)
    try:
        yield journal
    finally:
        journal.close()


@contextmanager
def read_database(database: Database) -> Iterator[PostgresSource]:
    """Where readers ask: StateError when there is no journal."""
    with translated(database):
        db = connect(database)
    with db:
        with translated(database):
            if not _is_there(db):
                raise StateError(f"there is no journal in {database} yet: `orchestrate run` makes it.")
            _standing(db).check_format(database)
            db.execute("SET default_transaction_read_only = on")
        yield PostgresSource(db, database)


def exists(database: Database) -> bool:
    """Whether there is a journal: StateError where the database cannot be asked."""
    with translated(database), connect(database) as db:
        return _is_there(db)


def _create(db: Connection, database: Database) -> None:
    _check_server(db, database)
    with db.transaction():
        db.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _is_there(db):
            return  # another process made it while we waited
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        for statements in MIGRATIONS:
            for statement in statements:
                db.execute(statement)
        values = {"id": secrets.token_hex(16), "version": str(len(MIGRATIONS))}
        for name, value in values.items():
            db.execute("INSERT INTO meta VALUES (%s, %s)", (name, value))


def _check_server(db: Connection, database: Database) -> None:
    if db.info.server_version < OLDEST:
        raise StateError(
            f"{database} is PostgreSQL {db.info.server_version // 10_000}; 13 or newer is needed."
        )
    encoding = db.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StateError(f"{database} holds text as {encoding}; make a database with ENCODING 'UTF8'.")


def _is_there(db: Connection) -> bool:
    ((there,),) = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{SCHEMA}.meta",)).fetchall()
    return bool(there)


def _standing(db: Connection) -> Standing:
    (row,) = db.execute(STANDING).fetchall()
    return read_standing(row)

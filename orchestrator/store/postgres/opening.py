"""Opening a journal in PostgreSQL: made when there is none, checked before anything is written."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from orchestrator.errors import JournalBusyError, StateError
from orchestrator.store.copying import ASK_MOVED, check_unmoved
from orchestrator.store.database import Database
from orchestrator.store.patience import Patience
from orchestrator.store.postgres.connecting import connect
from orchestrator.store.postgres.journal import PATIENCE, PostgresJournal
from orchestrator.store.postgres.migrations import MIGRATIONS, SCHEMA
from orchestrator.store.postgres.source import PostgresSource
from orchestrator.store.postgres.standing import STANDING, Standing, read_standing
from orchestrator.store.postgres.transacting import Connection, alone, run
from orchestrator.store.postgres.troubles import translated
from orchestrator.store.postgres.writers import LIVING, names
from orchestrator.store.recording import rebuilding
from orchestrator.store.statements import Steps

OLDEST = 130_000
"""The first PostgreSQL that still got mends when this was written, as libpq counts."""


@contextmanager
def open_database(
    database: Database, *, submitter: bool = True, patience: float = PATIENCE
) -> Iterator[PostgresJournal]:
    """The journal there, made when there is none; any number of processes may have it open.

    A `submitter` is known to the others as alive.
    """
    with translated(database), connect(database) as db:
        standing = _opened(db, database)
        check_unmoved(PostgresSource(db, database).ask(ASK_MOVED), str(database))
    journal = PostgresJournal(database, standing, patience, beats=submitter)
    try:
        yield journal
    finally:
        journal.close()
        if submitter:
            _say_farewell(database, journal)


@contextmanager
def write_database(database: Database) -> Iterator[Callable[[Steps[int]], int]]:
    """One transaction there, the journal made when there is none: committed when the block ends well."""
    with translated(database), connect(database) as db:
        _opened(db, database)
        with alone(db):
            yield lambda steps: run(db, steps)


def living_writers(database: Database) -> tuple[str, ...]:
    """The processes that submit there, as they call themselves."""
    with read_database(database) as source:
        return names(source.ask(LIVING))


def migrate_database(database: Database) -> tuple[int, int]:
    """Bring the tables up to date; the format before and after.

    JournalBusyError while processes of an older version run: they would write what they do not know.
    """
    with translated(database), connect(database) as db:
        if not _is_there(db):
            raise StateError(f"there is no journal in {database} yet: `orchestrate run` makes it.")
        with alone(db):
            standing = _standing(db)
            if standing.version >= len(MIGRATIONS):
                standing.check_format(database)
                return standing.version, standing.version
            older = names(db.execute(LIVING.sql).fetchall(), older_than=len(MIGRATIONS))
            if older:
                raise JournalBusyError(
                    f"{database} is in use by an older orchestrate: {', '.join(older)}. Stop it first (it "
                    "counts as gone half a minute after its end), then migrate."
                )
            _apply(db, standing.version)
            run(db, rebuilding(Patience("The journal is brought up to date", "takes").told))
    return standing.version, len(MIGRATIONS)


@contextmanager
def read_database(database: Database, *, still: bool = False) -> Iterator[PostgresSource]:
    """Where readers ask, all as of one moment if `still`: StateError when there is no journal."""
    with translated(database):
        db = connect(database)
    with db:
        with translated(database):
            if not _is_there(db):
                raise StateError(f"there is no journal in {database} yet: `orchestrate run` makes it.")
            _standing(db).check_format(database)
            db.execute("SET default_transaction_read_only = on")
            # Nobody waits for one who only reads.
            db.execute("SET idle_in_transaction_session_timeout = 0")
            if still:
                db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        yield PostgresSource(db, database)


def exists(database: Database) -> bool:
    """Whether there is a journal: StateError where the database cannot be asked."""
    with translated(database), connect(database) as db:
        return _is_there(db)


def _opened(db: Connection, database: Database) -> Standing:
    """The journal's standing, in our format; it is made when there is none."""
    if not _is_there(db):
        _check_server(db, database)
        with alone(db):
            if not _is_there(db):  # else another process made it while we waited
                db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                _apply(db, 0)
                db.execute("INSERT INTO meta VALUES ('id', %s)", (secrets.token_hex(16),))
    standing = _standing(db)
    standing.check_format(database)
    return standing


def _apply(db: Connection, version: int) -> None:
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            db.execute(statement)
    db.execute(
        "INSERT INTO meta VALUES ('version', %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (str(len(MIGRATIONS)),),
    )


def _say_farewell(database: Database, journal: PostgresJournal) -> None:
    """Whoever ends in order is gone at once; where that cannot be said, it is soon enough by itself."""
    with suppress(StateError), translated(database), connect(database) as db:
        run(db, journal.farewell())


def _check_server(db: Connection, database: Database) -> None:
    if db.info.server_version < OLDEST:
        raise StateError(
            f"{database} is PostgreSQL {db.info.server_version // 10_000}; 13 or newer is needed."
        )
    encoding = db.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StateError(f"{database} holds text as {encoding}; make a database with ENCODING 'UTF8'.")


def _is_there(db: Connection) -> bool:
    # Not to_regclass: within one transaction it may go on saying what it said before we waited for another.
    query = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = %s AND tablename = 'meta'"
    ((there,),) = db.execute(query, (SCHEMA,)).fetchall()
    return bool(there)


def _standing(db: Connection) -> Standing:
    (row,) = db.execute(STANDING).fetchall()
    return read_standing(row)

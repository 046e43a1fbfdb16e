"""The journal's home in PostgreSQL, for several machines on one account; the one home of psycopg."""

from orchestrator.store.postgres.checkup import examine_database
from orchestrator.store.postgres.journal import PostgresJournal
from orchestrator.store.postgres.opening import (
    exists,
    living_writers,
    migrate_database,
    open_database,
    read_database,
    write_database,
)

__all__ = [
    "PostgresJournal",
    "examine_database",
    "exists",
    "living_writers",
    "migrate_database",
    "open_database",
    "read_database",
    "write_database",
]

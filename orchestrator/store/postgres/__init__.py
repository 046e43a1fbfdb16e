"""The journal's home in PostgreSQL, for several machines on one account; the one home of psycopg."""

from orchestrator.store.postgres.journal import PostgresJournal
from orchestrator.store.postgres.opening import exists, open_database, read_database

__all__ = ["PostgresJournal", "exists", "open_database", "read_database"]

"""Connections as the journal wants them: durable, with time-outs, in its own schema."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestrator.errors import PlanError, StateError
from orchestrator.store.database import BOUNDED, KEPT_ALIVE, Database
from orchestrator.store.postgres.migrations import SCHEMA
from orchestrator.store.postgres.troubles import said

# What it warns of we say ourselves, once; with `-v` it is heard too.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

CHANNEL = "orchestrate"
"""Where each commit is told to those who listen."""

_CONNECTED: dict[str, Any] = {
    **KEPT_ALIVE,
    "autocommit": True,
    "application_name": "orchestrate",
    "client_encoding": "UTF8",
}

_SESSION = {
    **BOUNDED,
    "search_path": SCHEMA,
    # Money hangs on the last commit, whatever the server's default is.
    "synchronous_commit": "on",
}


def check_url(database: Database) -> None:
    """PlanError for a URL that nobody could connect with; nothing of it is told, for it may be a secret."""
    try:
        ports = str(conninfo_to_dict(database.url).get("port") or "").replace(",", "")
    except psycopg.ProgrammingError:
        ports = "none"
    # An unquoted / in a password makes a port of what stands before it.
    if ports and not ports.isdigit():
        raise PlanError(
            "--state postgresql://… does not hold. Write postgresql://user:password@host:port/name, special "
            "characters of a password as percent codes (%40 for @, %2F for /), or leave it to PGPASSWORD."
        )


def connect(database: Database) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection for short calls: StateError where there is none to be had; else what psycopg raises."""
    try:
        db = psycopg.connect(database.url, **_CONNECTED)
    except psycopg.OperationalError as error:
        raise StateError(
            f"{database} cannot be reached ({said(error)}). Check that it runs, and host, user, password and "
            "name in --state."
        ) from error
    db.execute(_settings(), list(_SESSION.values()))
    return db


async def connect_async(database: Database) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """A connection for a run, told of every commit; raises what psycopg raises."""
    db = await psycopg.AsyncConnection.connect(database.url, **_CONNECTED)
    await db.execute(_settings(), list(_SESSION.values()))
    await db.execute(f"LISTEN {CHANNEL}")
    return db


def _settings() -> str:
    return "SELECT " + ", ".join(f"set_config('{name}', %s, false)" for name in _SESSION)

"""Looks at a journal in PostgreSQL without changing anything in it."""

from __future__ import annotations

from datetime import UTC, datetime

from orchestrator.checkup import Check, failing, fine
from orchestrator.errors import OrchestratorError
from orchestrator.store.database import Database
from orchestrator.store.postgres.opening import exists, read_database
from orchestrator.store.postgres.source import PostgresSource
from orchestrator.store.postgres.standing import STANDING, read_standing
from orchestrator.store.postgres.writers import LIVING, names
from orchestrator.store.recording import recorded_of
from orchestrator.store.statements import Ask

_FACTS = Ask("SELECT position, name, body FROM fact ORDER BY position")


def examine_database(database: Database) -> tuple[Check, ...]:
    """Whether it can be reached and read, who submits there, and whose time counts; raises nothing."""
    try:
        if not exists(database):
            there = f"{database} answers; there is no journal in it yet: nothing made earlier is known here"
            return (fine("journal", there),)
        with read_database(database) as source:
            return (_journal(source), _submitters(source), _clock(source))
    except OrchestratorError as error:
        return (failing("journal", error, "mend that first; a run would not begin either"),)


def _journal(source: PostgresSource) -> Check:
    read = sum(1 for _ in recorded_of(source.stream(_FACTS)))
    standing = read_standing(source.ask(Ask(STANDING))[0])
    found = f"{read} facts up to number {standing.newest}, all readable, format {standing.version}"
    return fine("journal", found)


def _submitters(source: PostgresSource) -> Check:
    living = names(source.ask(LIVING))
    return fine("submitters", "; ".join(living) or "nobody submits there now, as far as it knows")


def _clock(source: PostgresSource) -> Check:
    away = (read_standing(source.ask(Ask(STANDING))[0]).now - datetime.now(UTC)).total_seconds()
    beside = "agrees with this machine's" if abs(away) < 1 else f"is {away:+.0f} s from this machine's"
    return fine("its clock", f"{beside}; the database's time counts for all")

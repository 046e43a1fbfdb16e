"""The one seam where errors of PostgreSQL become ours, with their cause kept, and no password in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from orchestrator.errors import DiskError, JournalBrokenError, StateError
from orchestrator.store.database import Database


class LostError(StateError):
    """The connection is gone, or the database gave way: to be tried again, after looking what is there.

    `said` is what the database or the network says; `perhaps`: the transaction may have been committed.
    """

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said
        self.perhaps = False


# By SQLSTATE, or its class. What time mends: connections, shut-downs, time-outs, deadlocks, a stand-by.
_PASSING = ("08", "57P", "57014", "53300", "25P03", "25P04", "25006", "55P03", "40")
_NO_ROOM = ("53100", "53200", "54")
_GONE = ("42P01", "3F000", "42703", "XX001", "XX002")
_OURS = ("22", "23", "42601", "42804")


@contextmanager
def translated(database: Database) -> Iterator[None]:
    """Whatever PostgreSQL raises inside becomes a `StateError`, or an assertion where it is our bug.

    So does its silence, for who waits no longer.
    """
    try:
        yield
    except psycopg.Error as error:
        raise our_error(error, database) from error
    except TimeoutError as error:
        raise our_error(psycopg.OperationalError("no answer"), database) from error


def our_error(error: psycopg.Error, database: Database) -> StateError | AssertionError:
    """Our error for one of psycopg's about that database."""
    state, words = error.sqlstate, said(error)
    if state is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return LostError(
            f"{database} cannot be reached ({words}). What is in the journal is safe: once the database is "
            "back, go on with `orchestrate resume`.",
            words,
        )
    if state is None or state.startswith(_OURS):
        return AssertionError(f"{database}: {words}")
    if state.startswith(_PASSING):
        return LostError(
            f"{database} broke off ({words}). What is in the journal is safe: once the database is back, "
            "go on with `orchestrate resume`.",
            words,
        )
    if state.startswith(_NO_ROOM):
        return DiskError(f"{database} takes no more ({words}). Make room there and go on.")
    if state.startswith(_GONE):
        return JournalBrokenError(
            f"{database} holds no sound journal ({words}). Nothing was changed. Restore it from a backup."
        )
    return StateError(f"{database} refuses ({words}). Check the user's rights there, and the URL in --state.")


def said(error: psycopg.Error) -> str:
    """What PostgreSQL says, in a line that a terminal can show."""
    # The first line: others repeat the statement, and a connection's attempts one after the other.
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return "".join(letter for letter in lines[0] if letter.isprintable())

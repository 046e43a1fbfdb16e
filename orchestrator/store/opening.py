"""Opening a journal to write in it: as the one submitter of a folder, for a short word, or shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from typing import Protocol

from orchestrator.ports import Journal
from orchestrator.store.connecting import connect
from orchestrator.store.copying import ASK_MOVED, check_unmoved
from orchestrator.store.home import Home
from orchestrator.store.journal import SqliteJournal
from orchestrator.store.lock import submitting
from orchestrator.store.reserve import Reserve
from orchestrator.store.sources import SqliteSource


class OpenJournal(Journal, Protocol):
    """A journal in its home, with the clock that counts there."""

    def now(self) -> datetime:
        """The time of day for all that write here, aware UTC to the millisecond."""
        ...


@contextmanager
def open_journal(home: Home, *, submitter: bool, spending: bool = True) -> Iterator[OpenJournal]:
    """The journal of that home, made when it is missing: in its database, else in its folder.

    In a database there is no lock of one submitter: any number submit, and each transaction counts what
    all did. For a folder see `open_folder`.
    """
    if home.database is None:
        with open_folder(home, submitter=submitter, spending=spending) as journal:
            yield journal
        return
    from orchestrator.store.postgres import open_database

    if submitter:
        home.create()  # for the files it keeps
    with open_database(home.database, submitter=submitter) as shared:
        yield shared


@contextmanager
def open_folder(home: Home, *, submitter: bool, spending: bool = True) -> Iterator[SqliteJournal]:
    """The journal of that folder, both made when missing; `submitter` holds the one lock meanwhile.

    JournalBusyError at once when another process submits; DiskError where there is no room to set
    aside, which a submitter that spends nothing, and perhaps makes room, need not have. Without
    `submitter` nothing is held: a person's facts are short transactions.
    """
    home.create()
    with ExitStack() as stack:
        reserve = None
        if submitter:
            stack.enter_context(submitting(home.lock, home.holder))
            if spending:
                reserve = Reserve(home.reserve)
                reserve.hold()
        db = stack.enter_context(closing(connect(home.journal)))
        check_unmoved(SqliteSource(db, home.journal).ask(ASK_MOVED), home.place)
        journal = stack.enter_context(closing(SqliteJournal(db, home.journal, reserve)))
        yield journal

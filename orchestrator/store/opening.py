"""Opening a journal to write in it: as the one submitter, or for a person's short word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from orchestrator.store.connecting import connect
from orchestrator.store.home import Home
from orchestrator.store.journal import SqliteJournal
from orchestrator.store.lock import submitting
from orchestrator.store.reserve import Reserve


@contextmanager
def open_journal(home: Home, *, submitter: bool, spending: bool = True) -> Iterator[SqliteJournal]:
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
        yield SqliteJournal(db, home.journal, reserve)

"""The journal on disk: facts in SQLite, one submitter, readers never blocked, in one state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door

if TYPE_CHECKING:
    from orchestrator.store.checkup import examine
    from orchestrator.store.home import Home, find_home
    from orchestrator.store.journal import SqliteJournal
    from orchestrator.store.lock import Holder, holder_of
    from orchestrator.store.opening import open_journal
    from orchestrator.store.reader import Reader, open_reader

__all__ = [
    "Holder",
    "Home",
    "Reader",
    "SqliteJournal",
    "examine",
    "find_home",
    "holder_of",
    "open_journal",
    "open_reader",
]

__getattr__ = door(
    __name__,
    {
        "checkup": "examine",
        "home": "Home find_home",
        "journal": "SqliteJournal",
        "lock": "Holder holder_of",
        "opening": "open_journal",
        "reader": "Reader open_reader",
    },
)

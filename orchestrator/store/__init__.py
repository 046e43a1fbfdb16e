"""The journal at home: in SQLite with one submitter, or in PostgreSQL with many; readers never blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doors import door

if TYPE_CHECKING:
    from orchestrator.store.alive import submitters
    from orchestrator.store.checkup import examine
    from orchestrator.store.database import ANSWER, BOUNDED, KEPT_ALIVE, Database
    from orchestrator.store.home import VARIABLE, Home, find_home
    from orchestrator.store.journal import SqliteJournal
    from orchestrator.store.lock import Holder, holder_of
    from orchestrator.store.moving import copy_journal, migrate_home
    from orchestrator.store.opening import OpenJournal, open_folder, open_journal
    from orchestrator.store.reader import Reader, open_reader
    from orchestrator.store.recalling import RecalledLineage
    from orchestrator.store.summing import RecalledLedger

__all__ = [
    "ANSWER",
    "BOUNDED",
    "KEPT_ALIVE",
    "VARIABLE",
    "Database",
    "Holder",
    "Home",
    "OpenJournal",
    "Reader",
    "RecalledLedger",
    "RecalledLineage",
    "SqliteJournal",
    "copy_journal",
    "examine",
    "find_home",
    "holder_of",
    "migrate_home",
    "open_folder",
    "open_journal",
    "open_reader",
    "submitters",
]

__getattr__ = door(
    __name__,
    {
        "checkup": "examine",
        "database": "ANSWER BOUNDED KEPT_ALIVE Database",
        "home": "VARIABLE Home find_home",
        "journal": "SqliteJournal",
        "lock": "Holder holder_of",
        "moving": "copy_journal migrate_home",
        "opening": "OpenJournal open_folder open_journal",
        "reader": "Reader open_reader",
        "alive": "submitters",
        "recalling": "RecalledLineage",
        "summing": "RecalledLedger",
    },
)

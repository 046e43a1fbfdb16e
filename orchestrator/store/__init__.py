"""The journal on disk: facts in SQLite, one submitter, readers never blocked, in one state folder."""

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

"""What commands for many machines begin with: a journal in PostgreSQL, and the queue beside it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orchestrator.errors import PlanError

if TYPE_CHECKING:
    from orchestrator.cluster import Queue
    from orchestrator.store import Home


def shared_home(state: str | None) -> Home:
    """Where the shared journal is: PlanError for a folder, which no other machine sees."""
    from orchestrator.store import find_home

    home = find_home(state)
    require_shared(home)
    return home


def require_shared(home: Home) -> None:
    """PlanError where the journal is a folder's, or what it takes to share one is not installed."""
    if home.database is None:
        raise PlanError(
            f"{home.folder} is a folder, which workers cannot share: name a database, "
            "--state postgresql://user@host/name or ORCHESTRATE_STATE."
        )
    if not can_share():
        raise PlanError("workers need the extra `cluster`: pip install 'orchestrator[cluster]'.")


def can_share() -> bool:
    """What it takes to share work is installed."""
    return find_spec("procrastinate") is not None


def queue_of(home: Home) -> AbstractAsyncContextManager[Queue]:
    """The queue beside a shared journal."""
    from orchestrator.cluster import open_queue

    assert home.database is not None, "asked before for a database"
    return open_queue(home.database.url, home.place)

"""A journal's PostgreSQL: its URL, whose password nobody sees, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from orchestrator.errors import PlanError

SCHEMES = ("postgresql", "postgres")

ANSWER = 40.0
"""Seconds within which a database answers, or counts as away: longer than any statement may take there."""

KEPT_ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    # A cut cable is noticed within about 15 s, and not after the system's two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What every connection asks of libpq."""

BOUNDED = {
    # A process that is stopped in the middle, or cut off, must not hold up all the others.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "20s",
    "statement_timeout": "30s",
    # The server, too, notices a cut cable: a session that nobody is behind holds nothing for long.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""What every connection asks of the server, for its session."""


@dataclass(frozen=True, slots=True)
class Database:
    """`url` is for connecting only; printed, logged and stored is at most `str()` of this."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        # A password with an @ in it would otherwise end in the host's name.
        user, _, _ = parts.netloc.rpartition("@")[0].partition(":")
        host = parts.netloc.rpartition("@")[2]
        return f"postgresql://{user}{'@' * bool(user)}{host}{parts.path}"


def database_of(state: str) -> Database:
    """The database that `--state` names: PlanError where it is another kind of place, or no URL at all."""
    scheme = state.partition("://")[0]
    if scheme not in SCHEMES:
        raise PlanError(
            f"--state {scheme}://…: no such place for a journal; name a folder, or postgresql://user@host/name."
        )
    if find_spec("psycopg") is None:
        raise PlanError(
            f"--state {scheme}://…: a shared journal needs what is not installed here: "
            "pip install 'orchestrator[cluster]'"
        )
    from orchestrator.store.postgres.connecting import check_url

    database = Database(state)
    check_url(database)
    return database

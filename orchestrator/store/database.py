"""A journal's PostgreSQL: its URL, whose password nobody sees, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from orchestrator.errors import PlanError

SCHEMES = ("postgresql", "postgres")


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

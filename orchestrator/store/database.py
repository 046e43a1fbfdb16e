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
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{user}{parts.hostname or ''}{port}{parts.path}"


def database_of(state: str) -> Database:
    """The database that `--state` names: PlanError where it is another kind of place, or no URL at all."""
    scheme = state.partition("://")[0]
    if scheme not in SCHEMES:
        raise PlanError(
            f"--state {scheme}://…: no such place for a journal; name a folder, or postgresql://user@host/name."
        )
    try:
        urlsplit(state).port  # noqa: B018  # asked for the error that a bad one raises
    except ValueError as error:
        raise PlanError(f"--state {scheme}://… does not hold: {error}.") from error
    if find_spec("psycopg") is None:
        raise PlanError(
            f"--state {scheme}://…: a shared journal needs what is not installed here: "
            "pip install 'orchestrator[cluster]'"
        )
    return Database(state)

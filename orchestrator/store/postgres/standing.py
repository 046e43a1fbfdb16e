"""How a journal in PostgreSQL stands: which one, in which format, how far, and what time it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from orchestrator.errors import JournalBrokenError, StateError
from orchestrator.store.database import Database
from orchestrator.store.postgres.dialect import CLOCK
from orchestrator.store.postgres.migrations import MIGRATIONS
from orchestrator.store.statements import Row

STANDING = f"""
    SELECT (SELECT value FROM meta WHERE name = 'id'), (SELECT value FROM meta WHERE name = 'version'),
           (SELECT coalesce(max(position), 0) FROM fact), {CLOCK}"""  # noqa: S608  # our own expression
"""One row, read by `read_standing`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one look at the journal says; `newest` is the newest fact's position."""

    identity: str
    version: int
    newest: int
    now: datetime

    def check(self, database: Database, identity: str, known: int) -> None:
        """It is the journal it was, as far on at least, in our format; JournalBrokenError, StateError."""
        if self.identity != identity or self.newest < known:
            raise JournalBrokenError(
                f"{database} is not what it was: another journal, or one that lost its newest facts, as "
                "after a restore or a fail-over to a copy that was behind. Nothing is sent from here."
            )
        self.check_format(database)

    def check_format(self, database: Database) -> None:
        """It is in the format that this version reads and writes: StateError, with what to do."""
        ours = len(MIGRATIONS)
        if self.version > ours:
            raise StateError(
                f"{database} was written by a newer orchestrate (format {self.version}, this one knows "
                f"{ours}). Nothing was changed. Upgrade orchestrate here, or choose another --state."
            )
        if self.version < ours:
            raise StateError(
                f"{database} was written by an older orchestrate (format {self.version}, this one writes "
                f"{ours}). Stop what still runs there, then `orchestrate state migrate`."
            )


def read_standing(row: Row) -> Standing:
    """The standing that a row of `STANDING` tells."""
    identity, version, newest, now = row
    return Standing(str(identity), int(version), int(newest), datetime.fromtimestamp(now / 1000, UTC))

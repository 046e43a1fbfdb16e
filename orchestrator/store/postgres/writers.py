"""Who may write in a shared journal: each says so now and then, with the format that it writes."""

from __future__ import annotations

from orchestrator.store.lock import this_process
from orchestrator.store.postgres.dialect import CLOCK
from orchestrator.store.postgres.migrations import MIGRATIONS
from orchestrator.store.statements import Ask, Do, Row

BEAT = 10.0
"""Seconds between two signs of life."""

ALIVE = 35_000
"""Milliseconds after which a writer that is not heard of is gone, or stopped."""

# Expressions are ours; values are marked.
_BEAT = f"""
    INSERT INTO writer (id, name, format, since, seen) VALUES (?, ?, ?, {CLOCK}, {CLOCK})
    ON CONFLICT (id) DO UPDATE SET seen = excluded.seen"""  # noqa: S608

LIVING = Ask(f"SELECT name, format FROM writer WHERE seen > {CLOCK} - {ALIVE} ORDER BY since")  # noqa: S608
"""The writers that are alive; `names` reads the answer."""


def beat(writer: str) -> Do:
    """This process is alive."""
    return Do(_BEAT, [(writer, str(this_process()), len(MIGRATIONS))])


def farewell(writer: str) -> Do:
    """This process writes no more, and keeps no place in any line; who is long gone is forgotten too."""
    return Do(f"DELETE FROM writer WHERE id = ? OR seen < {CLOCK} - 100 * {ALIVE}", [(writer,)])  # noqa: S608


def names(rows: list[Row], older_than: int | None = None) -> tuple[str, ...]:
    """What they are called; only those of an older format, where one is said."""
    return tuple(str(name) for name, form in rows if older_than is None or form < older_than)

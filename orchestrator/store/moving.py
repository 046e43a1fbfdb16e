"""Moves a journal between its homes: a folder's SQLite and a PostgreSQL, both ways, without loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

from orchestrator.errors import JournalBusyError, StateError
from orchestrator.store.alive import submitters
from orchestrator.store.connecting import connect
from orchestrator.store.copying import FACTS, copying, moved_to
from orchestrator.store.home import Home
from orchestrator.store.lock import submitting
from orchestrator.store.migrations import MIGRATIONS
from orchestrator.store.recording import LAST
from orchestrator.store.sources import Source, open_source
from orchestrator.store.statements import Ask, Do, Steps
from orchestrator.store.transacting import run, transaction
from orchestrator.store.troubles import translated


def copy_journal(source: Home, target: Home) -> int:
    """Copy all facts, and let the journal go on in the target only; how many there are.

    JournalBusyError while somebody submits from either; StateError where the target holds another journal
    or the source is written meanwhile. Then nothing is changed.
    """
    if source.place == target.place:
        raise StateError(f"{source.place} is both where to copy from and where to; name two places.")
    if not source.exists:
        raise StateError(f"there is no journal in {source.place}: nothing to copy.")
    with _still(source), _still(target), open_source(source) as facts:
        ((identity,),) = facts.ask(Ask("SELECT value FROM meta WHERE name = 'id'"))
        with _written(target) as write:
            count = write(copying(str(identity), facts.stream(FACTS), target.place))
            _check_unchanged(facts, count, source)
        with _written(source) as write:
            write(_marked(moved_to(target.place)))
    return count


def _marked(mark: Do) -> Steps[int]:
    yield [mark]
    return 0


def _check_unchanged(facts: Source, count: int, source: Home) -> None:
    ((last,),) = facts.ask(LAST)
    if last != count:
        raise StateError(
            f"{source.place} was written while it was copied. Nothing was changed; copy it again."
        )


@contextmanager
def _still(home: Home) -> Iterator[None]:
    """Nobody submits there meanwhile."""
    if home.database is None:
        home.create()
        with submitting(home.lock, home.holder):
            yield
        return
    if home.exists and (names := submitters(home)):
        raise JournalBusyError(f"{home.place} is in use: {', '.join(names)}. Stop it first, then copy.")
    yield


def _written(home: Home) -> AbstractContextManager[Callable[[Steps[int]], int]]:
    if home.database is None:
        return _written_in_folder(home)
    from orchestrator.store.postgres import write_database

    return write_database(home.database)


@contextmanager
def _written_in_folder(home: Home) -> Iterator[Callable[[Steps[int]], int]]:
    with closing(connect(home.journal)) as db, translated(home.journal), transaction(db):
        yield lambda steps: run(db, steps)


def migrate_home(home: Home) -> tuple[int, int]:
    """Bring the tables there up to date; the format before and after, as `migrate_database` does."""
    if home.database is not None:
        from orchestrator.store.postgres import migrate_database

        return migrate_database(home.database)
    if not home.exists:
        raise StateError(f"there is no journal in {home.place}: nothing to bring up to date.")
    connect(home.journal).close()
    return len(MIGRATIONS), len(MIGRATIONS)

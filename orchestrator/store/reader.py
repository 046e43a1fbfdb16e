"""Reading a journal from beside: facts, and quick answers that replay no more than they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orchestrator.budget import Scope, Spent
from orchestrator.facts import Recorded, RunBegan
from orchestrator.identity import TakeKey
from orchestrator.lineage import Take
from orchestrator.store.home import Home
from orchestrator.store.recording import LAST, asked_take, read_take, recorded_of
from orchestrator.store.sources import Source, open_source
from orchestrator.store.spending import asked_spent, read_spent
from orchestrator.store.statements import Ask, Row, Value


@contextmanager
def open_reader(place: Home | Path) -> Iterator[Reader]:
    """A reader of the journal there; it writes nothing and waits for nobody."""
    with open_source(place) as source:
        yield Reader(source)


class Reader:
    """Each call sees the newest commit; raises only `StateError`s."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def id(self) -> str:
        """What tells this journal from every other."""
        ((identity,),) = self._rows("SELECT value FROM meta WHERE name = 'id'")
        return str(identity)

    @property
    def position(self) -> int:
        """The newest fact's position, 0 in an empty journal."""
        ((last,),) = self._source.ask(LAST)
        return int(last)

    def facts(self, after: int = 0) -> Iterator[Recorded]:
        """The facts beyond a position, in order, as of one moment."""
        query = "SELECT position, name, body FROM fact WHERE position > :after ORDER BY position"
        return recorded_of(self._source.stream(Ask(query, {"after": after})))

    def plans(self) -> dict[str, RunBegan]:
        """The newest beginning of every plan that was ever run, by the plan's name."""
        rows = self._rows("SELECT position, name, body FROM fact WHERE name = 'RunBegan' ORDER BY position")
        begun = [each.fact for each in recorded_of(rows)]
        return {fact.plan: fact for fact in begun if isinstance(fact, RunBegan)}

    def spent(self, scope: Scope) -> Spent:
        """What is spent or reserved by a plan, a chain of it, or a run."""
        return read_spent(self._source.ask(asked_spent(scope)))

    def take(self, key: TakeKey) -> Take:
        """What is known of one take; an empty one when nothing is."""
        return read_take(key, self._source.ask(asked_take(key)))

    def open_takes(self) -> tuple[Take, ...]:
        """Takes with an attempt that may still be running, of every plan and account."""
        return self._takes("SELECT DISTINCT take FROM attempt WHERE open ORDER BY take")

    def unkept_takes(self) -> tuple[Take, ...]:
        """Takes whose video is neither on the disk nor given up."""
        return self._takes("SELECT take FROM video WHERE wants_keeping ORDER BY take")

    def takes_named(self, name: str) -> tuple[Take, ...]:
        """Takes with this task id, video id, or the beginning of this take key."""
        return self._takes(
            "SELECT take FROM attempt WHERE task_id = :name OR substr(take, 1, length(:name)) = :name"
            " UNION SELECT take FROM video WHERE task_id = :name OR video_id = :name"
            " OR substr(take, 1, length(:name)) = :name",
            {"name": name},
        )

    def _takes(self, query: str, values: Mapping[str, Value] | None = None) -> tuple[Take, ...]:
        return tuple(self.take(TakeKey(key)) for (key,) in self._rows(query, values))

    def _rows(self, query: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        return self._source.ask(Ask(query, values or {}))

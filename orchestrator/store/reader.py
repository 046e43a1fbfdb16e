"""Reading a journal from beside: facts, and quick answers that replay no more than they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from orchestrator.budget import Scope, Spent
from orchestrator.codec import milliseconds
from orchestrator.facts import (
    AttemptBegun,
    AttemptResolved,
    Recorded,
    TaskAccepted,
    TaskSucceeded,
    VideoAdopted,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import LEAST, Take
from orchestrator.plan import Kind
from orchestrator.store.home import Home
from orchestrator.store.made import MADE, MADE_FOR, Made, read_made
from orchestrator.store.recording import LAST, asked_take, folded, recorded_of
from orchestrator.store.rows import text
from orchestrator.store.sources import Source, open_source
from orchestrator.store.spending import asked_spent, read_spent, spent_by_currency
from orchestrator.store.statements import Ask, Row, Value

_BEYOND = chr(0x10FFFF)
"""Sorts after every letter: what begins with a text lies between it and it with this behind it."""

_PORTION = 500
"""So many marks of values one question has at most."""


@contextmanager
def open_reader(place: Home | Path, *, still: bool = False) -> Iterator[Reader]:
    """A reader of the journal there; it writes nothing and waits for nobody.

    A `still` one sees everything as of one moment, and is not to be kept open for long: meanwhile what a
    run writes cannot be tidied up.
    """
    with open_source(place, still=still) as source:
        yield Reader(source)


class Reader:
    """Each call sees the newest commit, or all of them that of one moment; raises only `StateError`s."""

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

    def plans(self) -> dict[str, int]:
        """Every plan that was ever run, in order of its first run, and where its newest began."""
        rows = self._rows("SELECT name, position FROM plan ORDER BY first")
        return {str(name): int(position) for name, position in rows}

    def fact(self, position: int) -> Recorded:
        """The fact at a place of the journal."""
        (found,) = self._facts("WHERE position = :position", {"position": position})
        return found

    def plans_from(self, signs: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Plans with chains that begin with any of these (see `planner.origins`), and which those are.

        None are told of a plan of which that is not known.
        """
        every = ["", *signs]
        found: dict[str, dict[str, None]] = {}
        for start in range(0, len(every), _PORTION):
            values = {
                f"sign_{_letters(index)}": each for index, each in enumerate(every[start : start + _PORTION])
            }
            marks = ", ".join(f":{name}" for name in values)
            for plan, chain in self._rows(
                f"SELECT DISTINCT plan, chain FROM chain WHERE origin IN ({marks})", values  # noqa: S608  # marks
            ):  # fmt: skip
                found.setdefault(str(plan), {}).update({str(chain): None} if chain else {})
        return {plan: tuple(chains) for plan, chains in found.items()}

    def plans_with(self, chain: str) -> frozenset[str]:
        """Plans with a chain of that name, or that may have one."""
        query = "SELECT DISTINCT plan FROM chain WHERE chain IN (:chain, '')"
        return frozenset(str(plan) for (plan,) in self._rows(query, {"chain": chain}))

    def chains(self) -> dict[str, tuple[str, int]]:
        """By plan whose chains are known: its newest text's digest, and how many chains it has."""
        rows = self._rows(
            "SELECT plan.name, plan.digest, count(DISTINCT chain.chain) FROM plan"
            " JOIN chain ON chain.plan = plan.name WHERE chain.chain <> '' GROUP BY plan.name, plan.digest"
        )
        return {str(name): (str(digest), int(count)) for name, digest, count in rows}

    def stops(self) -> Iterator[Recorded]:
        """How each chain was left by the newest run that ended, in order."""
        return self._facts("JOIN stop ON stop.position = fact.position ORDER BY fact.position")

    def words(self) -> Iterator[Recorded]:
        """What people ever said of steps, in order."""
        return self._facts(
            "WHERE fact.name IN ('TakePicked', 'TakeRejected', 'TakeWanted', 'TakeRetried', 'StepApproved')"
            " ORDER BY fact.position"
        )

    def spent(self, scope: Scope) -> Spent:
        """What is spent or reserved by a plan, a chain of it, or a run."""
        return read_spent(self._source.ask(asked_spent(scope)))

    def spent_by_currency(self) -> dict[str | None, Spent]:
        """What is spent or reserved in all, by the currency of its cost."""
        return spent_by_currency(self._source.ask)

    def take(self, key: TakeKey) -> Take:
        """What is known of one take; an empty one when nothing is."""
        return folded(key, self.facts_of(key))

    def made(self, key: TakeKey) -> Made | None:
        """The video of a take, where the tables tell all of it."""
        rows = self._source.ask(Ask(MADE, {"key": key}))
        return read_made(rows[0]) if rows else None

    def knows(self, key: TakeKey) -> bool:
        """Whether there is any fact about a take."""
        return bool(self._source.ask(Ask("SELECT 1 FROM fact WHERE take = :key LIMIT 1", {"key": key})))

    def made_of(self, plan: str, chain: str) -> Iterator[Made]:
        """Those of the takes that were first begun for one chain, where the tables tell all of them."""
        rows = self._source.ask(Ask(MADE_FOR, {"plan": plan, "chain": chain}))
        return (each for each in map(read_made, rows) if each is not None)

    def facts_of(self, key: TakeKey) -> list[Recorded]:
        """The facts about one take, in order."""
        return list(recorded_of(self._source.ask(asked_take(key))))

    def open_takes(self) -> tuple[TakeKey, ...]:
        """Takes with an attempt that may still be running, of every plan and account, in order."""
        return self._keys("SELECT DISTINCT take FROM attempt WHERE open")

    def doubtful_takes(self, before: datetime) -> tuple[TakeKey, ...]:
        """Those of them with an attempt that has no task, then those with one that was begun before then."""
        long = "SELECT DISTINCT take FROM attempt WHERE open AND task_id IS NOT NULL AND begun_at < :before"
        lost = self._keys("SELECT DISTINCT take FROM attempt WHERE open AND task_id IS NULL")
        return tuple(dict.fromkeys((*lost, *self._keys(long, {"before": milliseconds(before)}))))

    def under_way(self) -> frozenset[tuple[str, str]]:
        """By plan and chain, what the open ones were begun for."""
        rows = self._rows("SELECT DISTINCT plan, chain FROM attempt WHERE open")
        return frozenset((str(plan), str(chain)) for plan, chain in rows)

    def unkept_takes(self) -> tuple[TakeKey, ...]:
        """Takes whose video is neither on the disk nor given up, in order."""
        return self._keys("SELECT take FROM video WHERE wants_keeping")

    def children(self, key: TakeKey) -> tuple[TakeKey, ...]:
        """Takes that continue this one, in order."""
        return self._keys(
            "SELECT take FROM attempt WHERE parent = :key UNION SELECT take FROM video WHERE parent = :key",
            {"key": key},
        )

    def named(self, name: str) -> tuple[TakeKey, ...]:
        """Takes with this key, task id or video id, else those with one that begins so; no short ones."""
        exactly = self._keys(
            "SELECT take FROM attempt WHERE take = :name OR task_id = :name"
            " UNION SELECT take FROM video WHERE take = :name OR task_id = :name OR video_id = :name",
            {"name": name},
        )
        if exactly or len(name) < LEAST:
            return exactly
        between = [
            f"SELECT take FROM {table} WHERE {column} >= :name AND {column} < :beyond"  # noqa: S608  # our own texts
            for table in ("attempt", "video")
            for column in ("take", "task_id", "video_id")
            if (table, column) != ("attempt", "video_id")
        ]
        return self._keys(" UNION ".join(between), {"name": name, "beyond": name + _BEYOND})

    def begun_at(self, place: str) -> tuple[TakeKey, ...]:
        """Takes with an attempt that was begun at this place, written with or without its plan, in order."""
        return self._keys(
            "SELECT take FROM attempt WHERE place = :place OR place IN"
            " (SELECT plan || ':' || :place FROM spent WHERE chain = '' AND run = '')",
            {"place": place},
        )

    def begun_for(self, plan: str, chain: str) -> tuple[AttemptBegun, ...]:
        """Everything that was ever begun for a chain, in order."""
        found = self._facts(
            "JOIN attempt ON attempt.take = fact.take AND attempt.number = fact.number"
            " WHERE attempt.plan = :plan AND attempt.chain = :chain AND fact.name = 'AttemptBegun'"
            " ORDER BY fact.position",
            {"plan": plan, "chain": chain},
        )
        return tuple(each.fact for each in found if isinstance(each.fact, AttemptBegun))

    def made_for(self, plan: str) -> int:
        """How many videos were first begun for a plan of that name."""
        ((count,),) = self._rows(
            "SELECT count(*) FROM attempt JOIN video ON video.take = attempt.take"
            " WHERE attempt.plan = :plan AND attempt.number = 1",
            {"plan": plan},
        )
        return int(count)

    def succeeded(self, account: str, kind: Kind, most: int) -> tuple[Recorded, ...]:
        """The newest successes of an account's tasks of one kind, the newest first."""
        return tuple(
            self._facts(
                "JOIN (SELECT take, number, position FROM attempt"
                " WHERE account = :account AND kind = :kind AND state = 'succeeded'"
                " ORDER BY position DESC LIMIT :most) AS made"
                " ON made.take = fact.take AND made.number = fact.number"
                " WHERE fact.name = 'TaskSucceeded' ORDER BY made.position DESC, fact.position DESC",
                {"account": account, "kind": kind.value, "most": most},
            )
        )

    def refused(self) -> bool:
        """Whether the provider ever refused to extend a video."""
        query = "SELECT 1 FROM attempt WHERE state = 'declined' AND reason = 'refused' LIMIT 1"
        return bool(self._rows(query))

    def stopped_accounts(self) -> dict[str, Recorded]:
        """By account, the newest refusal that stops all of it: of credentials or of payment."""
        newest = self._rows(
            "SELECT account, take, number FROM attempt WHERE state = 'declined'"
            " AND reason IN ('credentials', 'payment') ORDER BY position"
        )
        found: dict[str, Recorded] = {}
        for account, take, number in {row[0]: row for row in newest}.values():
            for each in self._facts(
                "WHERE take = :take AND number = :number AND name = 'AttemptDeclined' ORDER BY position",
                {"take": take, "number": number},
            ):
                found[account] = each
        return found

    def take_of(self, account: str, video_id: str) -> TakeKey | None:
        """The take that made, or adopted, the video of that id."""
        query = "SELECT take FROM video WHERE account = :account AND video_id = :video"
        return next(iter(self._keys(query, {"account": account, "video": video_id})), None)

    def tasked(self, task_id: str) -> TakeKey | None:
        """The take that a task belongs to: the one of the newest fact that says so."""
        asked = (
            "SELECT take FROM attempt WHERE task_id = :task"
            " UNION SELECT take FROM video WHERE task_id = :task"
            # An attempt that was resolved with a task and abandoned later keeps no task in its row.
            " UNION SELECT take FROM fact WHERE name = 'AttemptResolved'"
        )
        named = (
            (each.position, key)
            for key in self._keys(asked, {"task": task_id})
            for each in self.facts_of(key)
            if isinstance(each.fact, TaskAccepted | TaskSucceeded | AttemptResolved | VideoAdopted)
            and each.fact.task_id == task_id
        )
        return max(named, default=(0, None))[1]

    def _keys(self, query: str, values: Mapping[str, Value] | None = None) -> tuple[TakeKey, ...]:
        """The takes of a query, in order of the first fact about each."""
        ordered = (
            f"SELECT DISTINCT take, (SELECT min(position) FROM fact WHERE fact.take = found.take) AS place"  # noqa: S608  # our own texts
            f" FROM ({query}) AS found ORDER BY place"
        )
        return tuple(TakeKey(key) for key, _ in self._rows(ordered, values))

    def _facts(self, query: str, values: Mapping[str, Value] | None = None) -> Iterator[Recorded]:
        sql = f"SELECT fact.position, fact.name, fact.body FROM fact {query}"  # noqa: S608  # our own texts
        return recorded_of(self._rows(sql, values))

    def _rows(self, query: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        # What people type may be no UTF-8; nothing in the tables is.
        kept = {name: text(each) if isinstance(each, str) else each for name, each in (values or {}).items()}
        return self._source.ask(Ask(query, kept))


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))

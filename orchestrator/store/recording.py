"""Facts into the tables and out of them: every take is folded by the lineage's own `take_after`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter

from orchestrator.budget import Entry, entry, scopes
from orchestrator.codec import decode, encode, milliseconds
from orchestrator.errors import JournalBrokenError
from orchestrator.facts import (
    AttemptBegun,
    ChainStopped,
    DriftMeasured,
    Fact,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
    lean,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Take, take_after
from orchestrator.store.latest import Latest
from orchestrator.store.rows import changed_rows, runs_rows
from orchestrator.store.spending import Sums, asked_spent, read_spent
from orchestrator.store.statements import Ask, Do, Row, Steps, Value

LAST = Ask("SELECT coalesce(max(position), 0) FROM fact")
"""The newest fact's position, 0 in an empty journal."""

Outcome = tuple[Recorded, ...] | AssertionError

_BESIDE = (RunBegan, ChainStopped, DriftMeasured, TakePicked, TakeRejected, TakeWanted, StepApproved)
"""Facts that change no take."""

_FACTS_BETWEEN = (
    "SELECT take, position, name, body FROM fact WHERE take BETWEEN ? AND ? ORDER BY take, position"
)
_PORTION = 500
"""So many takes are made anew at once."""

INSERT = "INSERT INTO fact (position, at, name, take, number, body) VALUES (?, ?, ?, ?, ?, ?)"
"""How a fact is written; whoever sees it sent knows that there is news."""


class Draft:
    """Facts on their way into the journal: `asks` must be answered first, then groups are taken in.

    A group whose facts cannot be (one about an attempt that never began or a video that was never
    made, or a second beginning of one attempt) comes to an AssertionError, and leaves nothing.
    """

    def __init__(self, facts: Iterable[Fact], known: Mapping[TakeKey, Take]) -> None:
        facts = tuple(facts)
        keys = dict.fromkeys(key for key in map(_take_of, facts) if key)
        begun = (fact for fact in facts if isinstance(fact, AttemptBegun))
        # Asked beforehand, because whoever begins something changes these sums for certain.
        self._scopes = tuple(dict.fromkeys(scope for fact in begun for scope in scopes(fact)))
        self._before = {key: known[key] for key in keys if key in known}
        self._keys = tuple(key for key in keys if key not in known)
        self._written: list[Recorded] = []

    @property
    def asks(self) -> list[Ask]:
        """What must be known before anything is taken in."""
        return [LAST, *map(asked_take, self._keys), *map(asked_spent, self._scopes)]

    def answered(self, answers: Sequence[list[Row]]) -> None:
        """Take in the rows of `asks`."""
        (((self.last,),), *rest) = answers
        count = len(self._keys)
        self._before |= {key: read_take(key, rows) for key, rows in zip(self._keys, rest, strict=False)}
        self._after = dict(self._before)
        self._sums = {scope: read_spent(rows) for scope, rows in zip(self._scopes, rest[count:], strict=True)}

    def take(self, key: TakeKey) -> Take:
        """What is known of a take that one of the facts is about."""
        return self._after[key]

    def take_in(self, facts: Sequence[Fact]) -> Outcome:
        """Give the facts their places, all or none of them."""
        first, takes = self.last + len(self._written) + 1, dict(self._after)
        recorded = tuple(Recorded(first + index, fact) for index, fact in enumerate(facts))
        try:
            for each in recorded:
                _fold_into(takes, _leaned(each))
        except AssertionError as bug:
            # It is ours, and it reaches its caller; the accepted tasks of others must not be lost for it.
            return bug
        self._after = takes
        self._written.extend(recorded)
        return recorded

    def writing(self, latest: Latest | None = None) -> Steps[None]:
        """Write what was taken in, and what follows from it; `latest` is told how the takes are then."""
        if not self._written:
            return
        sums, changes = projected(self._before, self._after)
        missing = [scope for scope in sums.touched if scope not in self._sums]
        if missing:
            answers = yield [asked_spent(scope) for scope in missing]
            self._sums |= {scope: read_spent(rows) for scope, rows in zip(missing, answers, strict=True)}
        facts = Do(INSERT, [_row(each) for each in self._written])
        yield [facts, *changes, *runs_rows(self._written), sums.written(self._sums)]
        if latest is not None:
            latest.written(self.last, len(self._written), self._after)


def recording(groups: Sequence[Sequence[Fact]], latest: Latest | None = None) -> Steps[list[Outcome]]:
    """Write groups of facts and what follows from them; what became of each."""
    known: Mapping[TakeKey, Take] = {}
    if latest is not None:
        (((last,),),) = yield [LAST]
        known = latest.at(last)
    draft = Draft(chain.from_iterable(groups), known)
    draft.answered((yield draft.asks))
    outcomes = [draft.take_in(group) for group in groups]
    yield from draft.writing(latest)
    return outcomes


def rebuilding(told: Callable[[int, int], None] = lambda _, __: None) -> Steps[None]:
    """Make the projected tables anew from the facts; `told` of how many takes are done, of how many."""
    tables = ("file", "video", "attempt", "spent", "plan", "stop", "chain")
    keys, runs = yield [
        *(Do(f"DELETE FROM {table}", [()]) for table in tables),  # noqa: S608  # our own tables
        Ask("SELECT DISTINCT take FROM fact WHERE take IS NOT NULL ORDER BY take"),
        Ask("SELECT position FROM fact WHERE name IN ('RunBegan', 'ChainStopped') ORDER BY position"),
    ]
    all_sums = Sums()
    for start in range(0, len(keys), _PORTION):
        told(start, len(keys))
        those = [TakeKey(key) for (key,) in keys[start : start + _PORTION]]
        (rows,) = yield [Ask(_FACTS_BETWEEN, (those[0], those[-1]))]
        facts = {key: [row[1:] for row in found] for key, found in groupby(rows, itemgetter(0))}
        takes = {key: read_take(key, facts[key]) for key in those}
        _, changes = projected({key: Take(key) for key in those}, takes, all_sums)
        yield _together(changes)
    for position in runs:
        (rows,) = yield [Ask("SELECT position, name, body FROM fact WHERE position = ?", position)]
        yield runs_rows(list(recorded_of(rows)))
    yield [all_sums.written(dict.fromkeys(all_sums.touched, read_spent(())))]


def _together(changes: Iterable[Do]) -> list[Do]:
    """The same changes, each kind of them made at once."""
    found: dict[str, list[Sequence[Value]]] = {}
    for each in changes:
        found.setdefault(each.sql, []).extend(each.rows)
    return [Do(sql, rows) for sql, rows in found.items()]


def projected(
    before: dict[TakeKey, Take], after: dict[TakeKey, Take], sums: Sums | None = None
) -> tuple[Sums, list[Do]]:
    """What the takes' change means for the sums and for the rows of the tables."""
    sums, changes = sums or Sums(), []
    for key, take in after.items():
        if take != before[key]:
            changes += changed_rows(before[key], take)
            sums.replace(_entries(before[key]), _entries(take))
    return sums, changes


def asked_take(key: TakeKey) -> Ask:
    """The question for all facts about one take; `read_take` reads the answer."""
    return Ask("SELECT position, name, body FROM fact WHERE take = ? ORDER BY position", (key,))


def read_take(key: TakeKey, rows: Iterable[Row]) -> Take:
    """The fold of all stored facts about one take, as much of it as the tables want."""
    return folded(key, map(_leaned, recorded_of(rows)))


def folded(key: TakeKey, recorded: Iterable[Recorded]) -> Take:
    """The take that these facts about it add up to."""
    takes = {key: Take(key)}
    for each in recorded:
        _fold_into(takes, each)
    return takes[key]


def recorded_of(rows: Iterable[Row]) -> Iterator[Recorded]:
    """Stored rows (position, name, body) as facts; JournalBrokenError for one that cannot be read."""
    for position, name, body in rows:
        try:
            fact = decode(name, body)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise JournalBrokenError(
                f"fact {position} ({name}) of the journal cannot be read: {error!r}. Nothing was changed. "
                "Use the version of orchestrate that wrote it, or restore the journal from a backup."
            ) from error
        yield Recorded(position, fact)


def _entries(take: Take) -> tuple[Entry, ...]:
    return tuple(entry(attempt) for attempt in take.attempts)


def _fold_into(takes: dict[TakeKey, Take], recorded: Recorded) -> None:
    fact = recorded.fact
    if isinstance(fact, _BESIDE):
        return
    take = takes[fact.take]
    if isinstance(fact, AttemptBegun):
        begun = [attempt.begun.number for attempt in take.attempts]
        assert fact.number not in begun, f"attempt {fact.number} of take {fact.take} begins once"
    takes[fact.take] = take_after(take, recorded.position, fact)


def _leaned(recorded: Recorded) -> Recorded:
    return Recorded(recorded.position, lean(recorded.fact))


def _take_of(fact: Fact) -> TakeKey | None:
    take: TakeKey | None = getattr(fact, "take", None)
    return take


def _row(recorded: Recorded) -> tuple[Value, ...]:
    fact = recorded.fact
    name, body = encode(fact)
    # Half a surrogate pair (in a broken answer) has no UTF-8; as JSON's own escape it reads back as it was.
    body = body.encode("utf-8", "backslashreplace").decode()
    return (
        recorded.position,
        milliseconds(fact.at),
        name,
        _take_of(fact),
        getattr(fact, "number", None),
        body,
    )

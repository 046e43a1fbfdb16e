"""Copies a journal from one home to another, fact for fact in the same places, under the same id."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from orchestrator.errors import StateError
from orchestrator.store.recording import INSERT, LAST, rebuilding
from orchestrator.store.statements import Ask, Do, Row, Steps, upsert

FACTS = Ask("SELECT position, at, name, take, number, body FROM fact ORDER BY position")
"""The truth, row for row."""

MOVED = "moved"
"""The name under which a journal that was copied says where it goes on."""

_META = upsert("meta", ("name",), ("value",))
_PORTION = 1000


def copying(identity: str, facts: Iterator[Row], target: str) -> Steps[int]:
    """Take these facts over, within one transaction of the target; how many it has then.

    The target may be empty, or hold the beginning of them: then they are taken over from there. With any
    other journal it is a StateError, and nothing is changed.
    """
    ((own,),), ((last,),) = yield [Ask("SELECT value FROM meta WHERE name = 'id'"), LAST]
    if last:
        if own != identity:
            raise StateError(f"{target} holds another journal; name an empty place. Nothing was changed.")
        yield from _compared(facts, last, target)
    count = int(last)
    yield [Do(_META, [("id", identity)]), Do("DELETE FROM meta WHERE name = ?", [(MOVED,)])]
    while portion := [tuple(row) for row in islice(facts, _PORTION)]:
        yield [Do(INSERT, portion)]
        count += len(portion)
    yield from rebuilding()
    return count


def moved_to(place: str) -> Do:
    """What a journal remembers of its copy: from there on it goes on, and here nothing is begun."""
    return Do(_META, [(MOVED, place)])


def check_unmoved(rows: list[Row], place: str) -> None:
    """StateError for a journal that goes on elsewhere: whoever went on here would pay again for it."""
    for (elsewhere,) in rows:
        raise StateError(
            f"the journal in {place} was copied to {elsewhere} and goes on there: name that with --state. To "
            f"go on here, `orchestrate state copy {elsewhere} {place}` brings back what was written since."
        )


ASK_MOVED = Ask("SELECT value FROM meta WHERE name = 'moved'")
"""Where the journal goes on; `check_unmoved` reads the answer."""


def _compared(facts: Iterator[Row], last: int, target: str) -> Steps[None]:
    """The target's facts are the first of these: StateError where they part."""
    for first in range(0, last, _PORTION):
        until = min(last, first + _PORTION)
        between = (
            "SELECT position, at, name, take, number, body FROM fact WHERE position > ? AND position <= ?"
        )
        (ours,) = yield [Ask(f"{between} ORDER BY position", (first, until))]
        theirs = [tuple(row) for row in islice(facts, until - first)]
        if [tuple(row) for row in ours] != theirs:
            raise StateError(
                f"{target} holds facts, from number {first + 1} on or later, that are not in the journal to "
                "copy: both were written after they parted. Name an empty place. Nothing was changed."
            )

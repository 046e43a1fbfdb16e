"""A lineage loaded on demand answers whatever it is asked as the replayed one does."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from orchestrator.facts import AttemptDeclined, Fact, Reason, Recorded, TakePicked, TakeRejected, TakeWanted
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Lineage
from orchestrator.store import Home, RecalledLineage, open_journal, open_reader
from tests.benchmarks.forest import facts

from .recalled import compare
from .samples import MINUTE, NOW, accepted, began, begun, kept, stopped, succeeded


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Home:
    """A state folder, or a database, with no journal yet."""
    found: Home = request.getfixturevalue({"sqlite": "home", "postgres": "shared"}[request.param])
    return found


def keep(home: Home, those: Sequence[Fact]) -> Lineage:
    """The facts on disk, and the lineage that all of them add up to."""

    async def write() -> tuple[Recorded, ...]:
        with open_journal(home, submitter=False) as journal:
            await journal.append(those)
            return await journal.read(0)

    return Lineage(anyio.run(write))


def test_a_forest_is_recalled_as_it_is_replayed(place: Home) -> None:
    """Films with branches and failures: every take, name, child, sum and time is the same."""
    lineage = keep(place, list(facts(400)))
    with open_reader(place, still=True) as reader:
        compare(reader, lineage)


def test_words_runs_and_refusals_are_recalled(place: Home) -> None:
    """What people said, where runs began and ended, and what stopped an account is known without replay."""
    key, step = TakeKey("b"), StepKey("s")
    refused = AttemptDeclined(NOW, key, 1, Reason.REFUSED, "1201", "not supported extend-video")
    lineage = keep(
        place,
        [
            *(began(), began("q"), began("p", "run-2"), begun(), accepted(), succeeded(), kept()),
            *(begun("b", parent=TakeKey("a"), currency="CNY"), refused, begun("b", 2, parent=TakeKey("a"))),
            AttemptDeclined(NOW, key, 2, Reason.PAYMENT, "1102", "no balance"),
            TakePicked(NOW, "p", "c", step, 2),
            TakeWanted(NOW, "p", "c", step, 3),
            TakeRejected(NOW, "p", "c", step, 1),
            stopped(),
            stopped("q"),
            stopped(state="failed"),
        ],
    )
    with open_reader(place, still=True) as reader:
        compare(reader, lineage)
        assert RecalledLineage(reader).began == Recorded(3, began("p", "run-2"))


def test_it_stands_still(place: Home) -> None:
    """What a run writes meanwhile is not half seen: one answer fits the other."""
    keep(place, [begun(), accepted()])
    with open_reader(place, still=True) as reader:
        lineage = RecalledLineage(reader)
        keep(place, [succeeded(), begun("z", at=NOW + MINUTE)])
        assert lineage.video(TakeKey("a")) is None
        assert set(lineage.open) == {"a"}
        with pytest.raises(AssertionError, match="nothing is applied"):
            lineage.apply(Recorded(9, begun("y")))


def test_what_is_typed_is_looked_up_as_text(place: Home) -> None:
    """Bytes that are no text, and signs that mean something in SQL, name nothing."""
    keep(place, [begun(), accepted()])
    with open_reader(place) as reader:
        for typed in ("\udcff\udcff\udcff\udcff", "a' OR 1=1 --", "%%%%", "task\0"):
            assert reader.named(typed) == reader.begun_at(typed) == ()

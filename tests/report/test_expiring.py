"""What is about to be purged: what is still needed first, the soonest first."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.planner import Planner
from orchestrator.report import passing, passing_json, passing_text
from tests.histories import History, plan_of

WEEK = timedelta(days=7)


def seen(history: History, *, everything: bool = False) -> list[str]:
    """Why each is told of, in order."""
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    found = passing(history.lineage, (view,), history.now, WEEK, everything=everything)
    return [each.why for each in found]


def test_a_tip_that_is_still_to_grow_is_told_a_week_before() -> None:
    """A chain that stopped in the middle loses its parent after 30 days: the week before it is said so."""
    history = History(plan_of("one", "two")).adopt(age_days=1)
    made = history.make()
    history.keep(history.facts[0].fact.take)  # type: ignore[union-attr]
    assert seen(history) == []
    history.later(days=24)
    assert seen(history) == ["p:c still grows from it"]
    assert len(seen(history, everything=True)) == 2
    history.later(days=8)
    assert seen(history) == [], "what is gone cannot be helped"
    assert made


def test_a_file_that_is_not_here_is_told() -> None:
    """A video that was paid for and not fetched is lost with the provider's copy."""
    history = History(plan_of("one")).adopt(age_days=29)
    assert seen(history) == ["its file is not here yet"]
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    found = passing(history.lineage, (view,), history.now, WEEK)
    assert "in 24 h 00 min" in passing_text(found, history.now)
    assert passing_json(found)[0]["why"] == "its file is not here yet"

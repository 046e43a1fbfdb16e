"""A chain of which a run's word is enough: walking it would say the same; else it is walked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.facts import ChainStopped, StepApproved, TakePicked, TakeRetried
from orchestrator.identity import StepKey
from orchestrator.plan import FILL, Branch, By, Chain, Continuation, Step
from orchestrator.planner import ChainView, Planner, ended, settled
from orchestrator.resolved import Kept
from tests.histories import History, plan_of, steps


def left(history: History, **changes: object) -> History:
    """The history once a run has ended and left its chains as they look."""
    planner = Planner(history.plan)
    for chain in history.plan.chains:
        view = planner.view(chain.name, history.lineage, history.ledger, history.now, history.run)
        word = ChainStopped(
            *(history.now, "run-1", "p", chain.name, *view.standing),
            view.length, view.made, history.plan.digest, settled(view),
        )  # fmt: skip
        history.write(replace(word, **changes))  # type: ignore[arg-type]  # names of its own fields
    return history


def words(history: History) -> dict[str, ChainStopped]:
    plan = history.plan
    return ended(plan.name, plan.digest, Kept.of(plan).grows, history.lineage)


def over(history: History) -> list[str]:
    return list(words(history))


def made(*wanted: str | Step, **chain: object) -> History:
    """A chain all of whose steps are made."""
    history = History(plan_of(*wanted, chain=chain)).adopt()
    while history.submits():
        history.make()
    return history


def test_a_chain_that_is_done_is_done() -> None:
    """Nothing is left to find out; the word has length and steps too."""
    history = left(made("one", "two"))
    assert over(history) == ["c"]
    fact = words(history)["c"]
    assert (fact.seconds, fact.made) == (Decimal("14.1"), 2)


def test_other_ends_are_looked_at_again() -> None:
    """What waits, failed or is under way may look otherwise by now; so may what nobody left a word of."""
    assert over(made("one")) == []
    assert over(left(History(plan_of("one")).adopt())) == []


@pytest.mark.parametrize("changes", [{"digest": "other"}, {"digest": None}, {"settled": False}])
def test_a_word_of_another_text_or_version_is_not_enough(changes: dict[str, object]) -> None:
    """The plan was another one then, or the word says too little."""
    assert over(left(made("one"), **changes)) == []


def test_after_a_person_spoke_it_is_looked_at_again() -> None:
    """Of the chain, of one it grows out of, or of trying again; other chains are left out of it."""
    plan = plan_of("one")
    branch = Chain("b", Branch("c", "1"), steps("two"))
    history = History(replace(plan, chains=(*plan.chains, branch))).adopt()
    while history.submits():
        history.make()
    left(history)
    assert over(history) == ["c", "b"]
    key = StepKey("s")
    history.write(StepApproved(history.now, "p", "b", key))
    assert over(history) == ["c"]
    history.write(TakePicked(history.now, "p", "c", key, 1))
    assert over(history) == []
    assert over(left(history)) == ["c", "b"]
    history.write(TakeRetried(history.now, history.lineage.roots[0]))
    assert over(history) == []


def view(history: History) -> ChainView:
    """Its one chain."""
    return Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)


def test_a_film_that_is_full_only_by_a_margin_is_not_settled() -> None:
    """How much a model adds is learned, and may be learned anew; the goal, and the cap itself, stay."""
    assert settled(view(made(Step("1", "one", repeat=FILL), until=Decimal(12))))
    full = view(made(Step("1", "one", repeat=FILL)))
    assert settled(full)
    tip = full.tip
    assert tip is not None
    assert not settled(replace(full, tip=replace(tip, duration=Decimal(174))))
    framed = replace(full.chain.steps[0], continuation=Continuation(By.FRAME))
    assert not settled(replace(full, chain=replace(full.chain, steps=(framed,))))
    assert not settled(view(History(plan_of("one")).adopt()))

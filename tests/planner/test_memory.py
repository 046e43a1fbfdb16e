"""A chain that remembers its made steps looks, after every fact, as if it were walked from its source."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.facts import (
    FileDropped,
    Reason,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
)
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Chain, Pick, Step
from orchestrator.planner import ChainView, Planner
from tests.histories import History, plan_of, steps


def eventful() -> History:
    """Takes, a fallback, a review, a repetition, a branch, files that come and go, a person's words."""
    plan = plan_of(
        Step("1", "a", takes=2, pick=Pick.FIRST),
        Step("2", "b", fallbacks=("b2",)),
        Step("3", "c", review=True),
        Step("4", "d", repeat=2),
        "e",
    )
    plan = replace(plan, chains=(*plan.chains, Chain("d", Branch("c", "2"), steps("f", "g"))))
    history = History(plan).adopt()
    first, second = history.make(), history.make()
    history.decline(history.begin(), Reason.MODERATION)
    fallback = history.start()
    history.succeed(fallback)
    history.make()
    third = history.make()
    name = ("p", "c", third.step)
    history.write(StepApproved(history.now, *name))
    while history.submits():
        history.make()
    history.keep(fallback.take)
    history.write(FileDropped(history.now, first.take, "room"))
    history.write(TakePicked(history.now, "p", "c", second.step, second.take_number))
    while history.submits():
        history.make()
    history.write(TakeWanted(history.now, "p", "c", first.step, 3))
    history.write(TakeRejected(history.now, "p", "c", first.step, second.take_number))
    history.write(TakePicked(history.now, "p", "c", first.step, first.take_number))
    return history


def looks(planner: Planner, history: History, lineage: Lineage, chain: str) -> ChainView:
    return planner.view(chain, lineage, history.ledger, history.now, history.run)


def test_a_remembered_chain_looks_as_if_walked_anew() -> None:
    """Whatever happens, to a step or to what it grows out of, no old look of it is shown."""
    history = eventful()
    lineage, lasting = Lineage(), Planner(history.plan)
    for recorded in history.facts:
        lineage.apply(recorded)
        for chain in ("c", "d"):
            fresh = looks(Planner(history.plan), history, lineage, chain)
            assert looks(lasting, history, lineage, chain) == fresh


def test_another_lineage_is_not_taken_for_the_one_before() -> None:
    """One planner may be asked about another journal: what it remembers is of the first."""
    history = eventful()
    planner = Planner(history.plan)
    looks(planner, history, history.lineage, "c")
    empty = History(history.plan).adopt()
    assert looks(planner, empty, empty.lineage, "c").made == 0


def test_made_steps_are_not_worked_out_again() -> None:
    """A fact about the newest step costs no more in a long chain than in a short one."""
    history = History(plan_of("a", "b", "c")).adopt()
    history.make()
    lineage, planner = history.lineage, Planner(history.plan)
    before = looks(planner, history, lineage, "c")
    history.begin()
    lineage.apply(history.facts[-1])
    after = looks(planner, history, lineage, "c")
    assert after.steps[0] is before.steps[0]
    assert after.steps[1] is not before.steps[1]

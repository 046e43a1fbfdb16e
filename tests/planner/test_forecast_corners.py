"""Corners of a forecast: what waits and then need not, lengths still to be read, budgets that cap it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.plan import Chain, Limits, Prices, Step
from orchestrator.planner import Bill, Range
from tests.histories import SOURCE, History, generation, plan_of, steps
from tests.planner.test_forecast import seen


def test_no_calls_are_no_bill_even_where_the_price_is_unknown() -> None:
    """Nothing costs nothing, whoever does not know the price."""
    assert Bill(1, None, None).times(0) == Bill()


def test_a_chain_knows_its_name_and_the_most_it_can_cost() -> None:
    """Every attempt used up and paid is what a budget must be able to bear."""
    found = seen(History(plan_of("a", Step("2", "b", attempts=3))).adopt())
    assert found.chains[0].name == "c"
    assert found.chains[0].most.calls == 5


def test_the_ceiling_never_passes_what_a_budget_leaves() -> None:
    """What a run can cost at most is bounded by the budget, in units and in money."""
    prices = Prices("CNY", extension=Decimal(2))
    history = History(
        plan_of("a", "b", "c", prices=prices, budget=Limits(units=Decimal(3), cost=Decimal(100)))
    )
    found = seen(history.adopt())
    assert (found.ceiling.units, found.ceiling.cost) == (Decimal(3), Decimal(12))


def test_what_waits_in_one_chain_is_made_by_another_that_need_not_wait() -> None:
    """The same step behind a review in one chain and without one in another is called for once, now."""
    waits = Chain("c", SOURCE, (Step("1", "a", review=True), Step("2", "b")))
    goes_on = Chain("d", SOURCE, steps("a", "b"))
    history = History(replace(plan_of(), chains=(waits, goes_on))).adopt()
    found = seen(history)
    assert (found.low.calls, found.high.calls, found.after) == (2, 2, Range(0, 0))


def test_a_length_that_is_still_to_be_read_is_a_range() -> None:
    """While the file is on its way, a step may have added 4 to 5 s, and a source may be of any length."""
    history = History(plan_of("a", "b")).adopt()
    history.succeed(history.start(), gained=None)
    found = seen(history)
    assert found.chains[0].length == Range(Decimal("13.1"), Decimal("15.1"))
    unknown = seen(History(plan_of("a")).adopt(None))
    assert unknown.high.calls == 1


def test_a_generated_source_is_no_extension() -> None:
    """Step 0 is a call of its own, and not counted among the extensions of the film."""
    found = seen(History(plan_of("a", "b", source=generation())))
    assert found.low.calls == 3
    assert found.chains[0].extensions == Range(2, 2)

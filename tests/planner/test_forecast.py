"""A forecast: calls, lengths, money and time as ranges, what waits for a person, where a budget ends it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestrator.facts import Reason
from orchestrator.plan import FILL, Branch, Chain, Limits, Pick, Plan, Prices, ProviderSettings, Step
from orchestrator.planner import Bill, Fate, Forecast, Range, StepForecast, forecast, views_of
from tests.histories import SOURCE, History, generation, plan_of, steps

FILLED = Step("fill", "涟漪散开", repeat=FILL)


def seen(history: History) -> Forecast:
    """The forecast at the end of a history."""
    lineage, ledger = history.lineage, history.ledger
    views = views_of(history.plan, lineage, ledger, history.now, history.run)
    return forecast(history.plan, views, lineage, ledger, history.now)


def calls(found: Forecast) -> tuple[int, int]:
    return found.low.calls, found.high.calls


def fates(found: Forecast, chain: int = 0) -> list[Fate]:
    return [step.fate for step in found.chains[chain].steps]


def step(found: Forecast, name: str) -> StepForecast:
    return next(each for chain in found.chains for each in chain.steps if each.place.step == name)


def test_filling_to_a_goal_is_a_range_of_calls_and_lengths() -> None:
    """From 5.1 s to 60 s it takes 11 calls of 5 s or 14 of 4 s, and ends within one step of the goal."""
    found = seen(History(plan_of(FILLED, chain={"until": Decimal(60)})).adopt())
    assert calls(found) == (11, 14)
    assert found.chains[0].length == Range(Decimal(60), Decimal(65))
    assert found.chains[0].extensions == Range(11, 14)


def test_the_whole_cap_is_what_the_protocol_page_says() -> None:
    """From 5 s to the cap it is 34 to 43 extensions and 2.3 to 4.3 hours, one after the other."""
    found = seen(History(plan_of(FILLED)).adopt())
    assert calls(found) == (34, 43)
    assert found.chains[0].length == Range(Decimal(175), Decimal(180))
    assert [round(each / 3600, 1) for each in (found.seconds.low, found.seconds.high)] == [2.3, 4.3]


def test_steps_beyond_the_cap_are_left_over_with_the_reason() -> None:
    """Nobody is asked to pay for steps that the cap forbids."""
    found = seen(History(plan_of(*"abcdefghijklmnopqrstuvwxyz" * 2)).adopt())
    assert calls(found) == (34, 43)
    assert fates(found)[-1] is Fate.LEFT
    assert "cap" in found.chains[0].steps[-1].because


def test_what_exists_is_reused_and_what_runs_is_not_counted_again() -> None:
    """The forecast of a plan half made speaks of the other half only."""
    history = History(plan_of("a", "b", "c", "d")).adopt()
    history.make()
    history.start()
    found = seen(history)
    assert fates(found) == [Fate.REUSED, Fate.RUNNING, Fate.LATER, Fate.LATER]
    assert calls(found) == (2, 2)
    assert seen(History(history.plan).adopt()).chains[0].steps[0].because == "new"


def test_an_unknown_price_is_unknown_and_a_known_one_adds_up() -> None:
    """What a call costs is never taken to be nothing."""
    assert seen(History(plan_of("a")).adopt()).high == Bill(1, Decimal(2), None)
    priced = plan_of("a", "b", prices=Prices("CNY", Decimal("2.5")))
    assert seen(History(priced).adopt()).high == Bill(2, Decimal(4), Decimal(5))
    strange = History(plan_of("a")).adopt(model_name="kling-v9")
    assert seen(strange).high.units is None


def test_no_calls_cost_nothing_even_where_prices_are_unknown() -> None:
    """A finished plan is known to cost nothing more."""
    history = History(plan_of("a")).adopt(model_name="kling-v9")
    history.make()
    assert seen(history).high == Bill(0, Decimal(0), Decimal(0))


def test_the_most_counts_every_attempt_and_fallback() -> None:
    """Who is asked before paying hears of the worst case too."""
    wanted = Step("1", "a", attempts=3, fallbacks=("b",), takes=2, pick=1)
    assert seen(History(plan_of(wanted)).adopt()).ceiling == Bill(12, Decimal(24), None)


def test_the_ceiling_keeps_within_the_budget() -> None:
    """A budget of 3 calls can never cost more than the three dearest ones."""
    plan = plan_of("a", "b", source=generation(mode="pro"), budget=Limits(calls=3))
    found = seen(History(plan))
    assert found.ceiling == Bill(3, Decimal("10.5"), None)


def test_a_budget_that_will_or_may_not_suffice_is_said() -> None:
    """The person learns before the run where it will stop."""
    plan = plan_of(FILLED, chain={"until": Decimal(60)}, budget=Limits(calls=12))
    assert seen(History(plan).adopt()).stops == (
        "the budget of plan p may stop it: calls 12, 0 of it used, 11 to 14 wanted",
    )
    narrow = plan_of("a", "b", chain={"budget": Limits(units=Decimal(3))})
    assert seen(History(narrow).adopt()).stops == (
        "the budget of chain p:c will stop it: units 3, 0 of it used, 4 wanted",
    )


def test_a_chain_held_by_its_budget_is_blocked() -> None:
    """Nothing is foreseen of what the planner would not submit."""
    found = seen(History(plan_of("a", "b", budget=Limits(calls=0))).adopt())
    assert calls(found) == (0, 0)
    assert fates(found) == [Fate.BLOCKED, Fate.BLOCKED]


def test_calls_beyond_a_persons_word_are_counted_apart() -> None:
    """What waits for a pick or an approval is not what this run costs."""
    plan = plan_of("a", Step("2", "b", takes=3, pick=Pick.ASK), "c", Step("4", "d", review=True), "e")
    found = seen(History(plan).adopt())
    assert calls(found) == (4, 4)
    assert found.after == Range(3, 3)
    assert found.chains[0].gate == "a pick of p:c.2"


def test_takes_that_wait_for_a_pick_block_what_follows() -> None:
    """Once the takes are made, nothing is submitted until one is picked."""
    history = History(plan_of(Step("1", "a", takes=2, pick=Pick.ASK), "b")).adopt()
    history.make()
    history.make()
    found = seen(history)
    assert calls(found) == (0, 0)
    assert found.after == Range(1, 1)
    assert step(found, "1").fate is Fate.BLOCKED


def test_equal_beginnings_are_counted_once() -> None:
    """Two chains that share their first steps pay for them once, and the second says with whom."""
    one = Chain("a", SOURCE, steps("x", "y", "z"))
    other = Chain("b", SOURCE, steps("x", "y", "w"))
    found = seen(History(Plan("p", ProviderSettings(), (one, other))))
    assert calls(found) == (4, 4)
    assert fates(found, 1) == [Fate.SHARED, Fate.SHARED, Fate.LATER]
    assert found.chains[1].steps[0].because == "shared with chain a: p:a.1"


def test_a_branch_begins_when_its_step_is_made() -> None:
    """A branch written first still waits for the chain below it, in time and in length."""
    branch = Chain("b", Branch("a", "2"), steps("m", "n"))
    trunk = Chain("a", SOURCE, steps("x", "y", "z"))
    found = seen(History(Plan("p", ProviderSettings(), (branch, trunk))))
    assert found.chains[0].seconds == Range(4 * 240.0, 4 * 360.0)
    assert found.chains[0].length == Range(Decimal("21.1"), Decimal("25.1"))
    assert calls(found) == (5, 5)


@pytest.mark.parametrize("source", [Branch("a"), Branch("a", "fill"), Branch("a", "fill", 1)])
@pytest.mark.parametrize(("made", "tasks"), [(0, (4, 5)), (1, (3, 4)), (2, (2, 2))])
def test_a_branch_out_of_steps_that_repeat_begins_with_the_last(
    made: int, tasks: tuple[int, int], source: Branch
) -> None:
    """However many of them are made already; and how long it gets follows from where they stop."""
    trunk = Chain("a", SOURCE, (FILLED,), until=Decimal(18))
    history = History(Plan("p", ProviderSettings(), (trunk, Chain("b", source, steps("m")))))
    history.adopt()
    for _ in range(made):
        history.make()
    branch = seen(history).chains[1]
    assert branch.steps[0].fate is Fate.LATER
    assert branch.seconds.low == pytest.approx(tasks[0] * 240)
    assert branch.seconds.high == pytest.approx(tasks[1] * 360)
    if source.take is None:
        assert branch.length == Range(Decimal(22), Decimal(28))


def test_time_is_the_longest_line_or_the_work_of_all_slots() -> None:
    """With few slots the work decides, with many the longest chain."""
    chains = tuple(Chain(name, generation(step={"prompt": name}), steps("x")) for name in "abcd")
    few = seen(History(Plan("p", ProviderSettings(concurrency=1), chains)))
    many = seen(History(Plan("p", ProviderSettings(concurrency=9), chains)))
    assert few.seconds.low == 4 * (0.75 * 319 + 240)
    assert many.seconds.low == 0.75 * 319 + 240


def test_time_is_learned_from_this_accounts_history() -> None:
    """An account whose tasks take a minute is not forecast by the vendor's five."""
    history = History(plan_of(*"abcdefghijk")).adopt()
    for _ in range(8):
        begun = history.start()
        history.succeed(begun, seconds=60)
    seconds = seen(history).seconds
    assert (seconds.low, seconds.high) == pytest.approx((3 * 45.0, 3 * 67.5))


def test_an_unknown_length_is_a_wide_range_of_calls() -> None:
    """Before the source is looked up nobody knows how much there is to fill."""
    plan = plan_of(FILLED, source=SOURCE.__class__("task-0", "video-0"))
    found = seen(History(plan))
    assert calls(found)[0] == 0
    assert calls(found)[1] >= 43
    assert found.chains[0].length is None


def test_a_refused_prompt_leaves_the_rest_over() -> None:
    """What moderation refused is not foreseen to be paid for again."""
    history = History(plan_of("a", "b")).adopt()
    history.decline(history.begin(), Reason.MODERATION)
    found = seen(history)
    assert calls(found) == (0, 0)
    assert fates(found) == [Fate.LEFT, Fate.LEFT]


def test_an_unclear_submission_may_need_another_call() -> None:
    """Nothing is known of it: between no call and one."""
    history = History(plan_of("a")).adopt()
    history.begin()
    assert calls(seen(history)) == (0, 1)

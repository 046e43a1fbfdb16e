"""What the drawn lives found, as plain scenarios: one test for each mistake that was mended."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from orchestrator.facts import AttemptDeclined, Fact, StepApproved, TakePicked, TakeRejected
from orchestrator.plan import Branch, Chain, Generation, Kind, Pick, Plan, Step
from orchestrator.planner import Hold, Need, Range
from orchestrator.runner import Result
from orchestrator.store import open_journal
from tests.histories import History, plan_of, steps
from tests.planner.test_forecast import seen
from tests.scenarios.stage import Stage, a_plan, sandbox_settings, with_chains

pytestmark = pytest.mark.anyio


async def say(stage: Stage, *facts: Fact) -> None:
    with open_journal(stage.home, submitter=False) as journal:
        await journal.append(facts)


def needs(result: Result) -> list[Need]:
    return [hold.need for view in result.views for hold in view.next if isinstance(hold, Hold)]


async def reject(stage: Stage, result: Result, *numbers: int) -> None:
    wish = result.views[0].steps[0].wish
    await say(stage, *(TakeRejected(stage.clock.now(), "p", "c", wish, number) for number in numbers))


async def test_rejecting_the_take_that_the_plan_picks_asks_for_another_pick(tmp_path: Path) -> None:
    """A chain is never left with nothing to do and nothing to say."""
    stage, plan = Stage(tmp_path), a_plan(Step("1", "one", takes=2, pick=1), "two")
    await reject(stage, await stage.run(plan), 1)
    result = await stage.run(plan)
    assert needs(result) == [Need.PICK]


async def test_rejecting_every_take_that_waits_for_a_pick_ends_the_chain(tmp_path: Path) -> None:
    """Where nothing is left to pick from, that is said, and the run is no success."""
    stage, plan = Stage(tmp_path), a_plan(Step("1", "one", takes=2, pick=Pick.ASK), "two")
    await reject(stage, await stage.run(plan), 1, 2)
    result = await stage.run(plan)
    assert result.views[0].standing[0] == "failed"


async def test_of_picking_and_rejecting_a_take_the_last_word_counts(tmp_path: Path) -> None:
    """A picked take that is rejected is gone on from no more, and one that is picked after all is."""
    stage, plan = Stage(tmp_path), a_plan(Step("1", "one", takes=2, pick=Pick.ASK), "two")
    result = await stage.run(plan)
    wish = result.views[0].steps[0].wish
    await say(stage, TakePicked(stage.clock.now(), "p", "c", wish, 2))
    await reject(stage, result, 2)
    assert needs(await stage.run(plan)) == [Need.PICK]
    await say(stage, TakePicked(stage.clock.now(), "p", "c", wish, 2))
    result = await stage.run(plan)
    assert result.views[0].standing[0] == "done"
    picked = result.views[0].steps[0].picked
    assert picked is not None
    assert picked.number == 2


async def test_a_run_ends_though_tasks_that_never_end_hold_every_slot(tmp_path: Path) -> None:
    """Nobody waits for ever for the slot of a task that is for a person to judge."""
    stage = Stage(tmp_path, faults=[{"when": {"action": "submit", "nth": 1}, "do": "stuck"}])
    plan = a_plan(Step("1", "one", takes=2), settings=sandbox_settings(concurrency=1))
    with anyio.fail_after(24 * 3600):
        result = await stage.run(plan)
    assert needs(result) == [Need.SUSPENDED]
    assert len(stage.payments) == 1


async def test_what_is_older_than_thirty_days_is_not_believed_to_be_absent(tmp_path: Path) -> None:
    """The list forgets as the provider does: a person decides, and nothing is paid again unasked."""
    stage = Stage(
        tmp_path,
        faults=[
            {"when": {"action": "submit", "nth": 1}, "do": "drop_after"},
            {"when": {"action": "list", "nth": 1, "times": 9}, "do": {"status": {"http": 502}}},
        ],
        external_ids=False,
        offers_list=True,
    )
    plan = a_plan("two", source=Generation(Kind.TEXT, Step("0", "one"), model_name="kling-v1-6"))
    assert needs(await stage.run(plan)) == [Need.UNCLEAR]
    await anyio.sleep(31 * 24 * 3600)
    assert needs(await stage.run(plan)) == [Need.UNCLEAR]
    assert not any(isinstance(fact, AttemptDeclined) for fact in stage.notes.facts)
    assert len(stage.payments) == 1


async def test_a_rejected_take_that_never_ends_is_still_shown(tmp_path: Path) -> None:
    """It is paid for and holds a slot: that no chain waits for it any more does not hide it."""
    stage = Stage(tmp_path, faults=[{"when": {"action": "submit", "nth": 2}, "do": "stuck"}])
    plan = a_plan(Step("1", "one", takes=2))
    result = await stage.run(plan)
    (endless,) = (take.number for take in result.views[0].steps[0].takes if take.video is None)
    await reject(stage, result, endless)
    result = await stage.run(plan)
    assert result.views[0].standing[0] == "done"
    assert [hold.need for hold in result.strays] == [Need.SUSPENDED]


async def test_a_branch_grows_out_of_the_last_repetition_even_of_a_given_take(tmp_path: Path) -> None:
    """It waits for that one, in place of being made from the first and paid for again from the last."""
    stage = Stage(tmp_path)
    plan = with_chains(
        a_plan(Step("1", "one", repeat=2, review=True)), Chain("b", Branch("c", "1", 1), steps("below"))
    )
    for _ in range(3):
        await approve_all(stage, plan, await stage.run(plan))
    assert [payment.prompt for payment in stage.payments] == ["one", "one", "below"]
    assert stage.payments[2].parent_task_id == stage.payments[1].task_id


async def approve_all(stage: Stage, plan: Plan, result: Result) -> None:
    for view in result.views:
        for step in view.steps:
            await say(stage, StepApproved(stage.clock.now(), plan.name, view.chain.name, step.wish))


async def test_the_same_beginning_is_made_once_by_a_plan_and_its_copy(tmp_path: Path) -> None:
    """Two plans in one run that begin alike pay for that once, whichever is first."""
    stage, plan = Stage(tmp_path), a_plan("one", "two", "three")
    other = replace(a_plan("one", "two", "other"), name="q")
    await stage.run(plan, other)
    assert sorted(payment.prompt for payment in stage.payments) == ["one", "other", "three", "two"]


def test_a_forecast_finds_the_take_that_waits_for_review_among_rejected_ones() -> None:
    """A pick by number is of the takes as they were numbered, whichever of them are left."""
    history = History(plan_of(Step("1", "a", takes=3, pick=3, review=True), "b")).adopt()
    wish = history.make().step
    history.make()
    history.make()
    history.write(TakeRejected(history.now, "p", "c", wish, 2))
    found = seen(history)
    assert (found.high.calls, found.after) == (0, Range(1, 1))


def test_a_forecast_allows_for_what_was_made_from_the_take_that_may_be_picked_again() -> None:
    """A second take may turn out longer or not: what follows from the first exists already."""
    history = History(plan_of("a", "b")).adopt()
    history.make()
    history.make()
    (chain,) = history.plan.chains
    wanted = (Step("1", "a", takes=2, pick=Pick.LONGEST), *chain.steps[1:])
    history.plan = replace(history.plan, chains=(replace(chain, steps=wanted),))
    found = seen(history)
    assert (found.low.calls, found.high.calls) == (1, 2)


def test_a_forecast_does_not_promise_a_branch_out_of_a_step_that_may_not_be_wanted() -> None:
    """Where two extensions may reach what is wanted, nothing is sure to grow out of the third."""
    plan = plan_of("a", "b", "c", chain={"until": Decimal(14)})
    plan = replace(plan, chains=(*plan.chains, Chain("d", Branch("c", "3"), steps("e"))))
    found = seen(History(plan).adopt())
    assert (found.low.calls, found.high.calls) == (2, 4)

"""A plan that minds drift: measured before anything is paid beyond a step, held when it is too far."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from orchestrator.budget import Ledger
from orchestrator.facts import DriftMeasured, FileDropped, StepApproved, VideoLost
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Chain, Plan, Step
from orchestrator.planner import (
    Action,
    Fate,
    Finish,
    Hold,
    Keep,
    Measure,
    Need,
    Place,
    Run,
    StepForecast,
    Submit,
    forecast,
    views_of,
)
from tests.histories import History, generation, plan_of, steps

STOP = {"drift_stop": Decimal("0.35")}


def minding(*wanted: str | Step) -> Plan:
    return plan_of(*wanted, chain=STOP)


def made(plan: Plan, seconds: str = "9.6") -> tuple[History, TakeKey]:
    """The first step is made and kept."""
    history = History(plan).adopt()
    begun = history.start()
    history.succeed(begun)
    history.keep(begun.take, seconds)
    return history, begun.take


def measured(history: History, take: TakeKey, saturation: str | None, because: str | None = None) -> History:
    if saturation is None:
        return history.write(DriftMeasured(history.now, take, because=because))
    zero = Decimal(0)
    return history.write(DriftMeasured(history.now, take, zero, zero, Decimal(saturation), zero))


def following(history: History, chain: str = "c") -> tuple[Action, ...]:
    return tuple(each for each in history.chain(chain) if not isinstance(each, Keep))


def test_without_a_stop_nothing_is_measured() -> None:
    """A plan that does not mind pays on at once."""
    history, _ = made(plan_of("a", "b"))
    assert [type(each) for each in following(history)] == [Submit]


def test_the_source_of_a_chain_is_taken_as_it_is() -> None:
    """The first step is not waited for: there is nothing before it that could have drifted."""
    history = History(minding("a")).adopt()
    assert [type(each) for each in following(history)] == [Submit]
    generated = History(plan_of("a", source=generation(), chain=STOP))
    generated.make()
    assert [type(each) for each in following(generated)] == [Submit]


def test_a_step_is_measured_before_the_next_is_paid() -> None:
    """Once its file is here it is measured, and nothing is submitted before that."""
    history = History(minding("a", "b")).adopt()
    begun = history.start()
    history.succeed(begun)
    (early,) = following(history)
    assert isinstance(early, Measure)
    assert early.wanted is None
    history.keep(begun.take, "9.6")
    (measure,) = following(history)
    assert isinstance(measure, Measure)
    assert measure.take == begun.take
    assert measure.wanted is not None
    assert measure.wanted.segment.ends == Decimal("9.6")
    measured(history, begun.take, "0.35")
    assert [type(each) for each in following(history)] == [Submit]


def test_too_far_is_held_and_approved() -> None:
    """Beyond the stop a person must look; once approved, the chain goes on for good."""
    history, take = made(minding("a", "b"))
    measured(history, take, "0.351")
    (hold,) = following(history)
    place = Place("p", "c", "1")
    because = "drifted by 0.351, beyond 0.35 (saturation +28 %): orchestrate approve p:c.1"
    assert hold == Hold(Need.DRIFT, because, place, take)
    wish = views_of(*known(history))["c"].steps[0].wish
    history.write(StepApproved(history.now, "p", "c", wish))
    assert [type(each) for each in following(history)] == [Submit]


def test_a_drift_towards_less_counts_too() -> None:
    """Half the colour is as far as twice of it."""
    history, take = made(minding("a", "b"))
    measured(history, take, "-1.0")
    (hold,) = following(history)
    assert isinstance(hold, Hold)
    assert "(saturation -50 %)" in hold.because


def test_the_last_step_is_not_held() -> None:
    """Where nothing more would be paid for, nobody is asked, and what exists is not taken back."""
    history, take = made(minding("a"))
    assert [type(each) for each in following(history)] == [Finish]
    longer, first = made(minding("a", "b"))
    measured(longer, first, "0.1")
    longer.make()
    measured(longer, first, "2.0")
    assert [type(each) for each in following(longer)] == [Finish]
    assert take == first


@pytest.mark.parametrize("why", ["dropped", "lost", "nothing new"])
def test_what_cannot_be_measured_is_for_a_person(why: str) -> None:
    """A file that is gone, or holds nothing new, is not taken for a good one."""
    history, take = made(minding("a", "b"), "9.6" if why != "nothing new" else "5.1")
    if why == "dropped":
        history.write(FileDropped(history.now, take, "asked for"))
    if why == "lost":
        history.write(FileDropped(history.now, take, "gone"), VideoLost(history.now, take, "purged"))
    (hold,) = following(history)
    assert isinstance(hold, Hold)
    assert (hold.need, hold.place) == (Need.DRIFT, Place("p", "c", "1"))
    assert "nothing of it is here" in hold.because


def test_a_measurement_that_failed_is_for_a_person() -> None:
    """What does not decode is told with its reason."""
    history, take = made(minding("a", "b"))
    measured(history, take, None, "it is cut short")
    (hold,) = following(history)
    assert isinstance(hold, Hold)
    assert "cannot be measured (it is cut short): orchestrate approve p:c.1" in hold.because


def test_all_takes_of_a_step_wait_for_one_measurement() -> None:
    """Three takes of the next step are held once, not three times."""
    history, take = made(minding("a", Step("2", "b", takes=3)))
    assert {type(each) for each in following(history)} == {Measure}
    measured(history, take, "1.0")
    assert [type(each) for each in following(history)] == [Hold]


def test_a_branch_minds_what_it_grows_out_of() -> None:
    """A chain that minds is held by the step of another chain that it grows from, and says which."""
    branch = Chain(name="d", source=Branch("c", "1"), steps=steps("x"), drift_stop=Decimal("0.35"))
    plan = plan_of("a")
    plan = replace(plan, chains=(*plan.chains, branch))
    history, take = made(plan)
    measured(history, take, "0.8")
    (hold,) = following(history, "d")
    assert isinstance(hold, Hold)
    assert hold.place == Place("p", "c", "1")
    wish = views_of(*known(history))["c"].steps[0].wish
    history.write(StepApproved(history.now, "p", "c", wish))
    assert [type(each) for each in following(history, "d")] == [Submit]
    root = replace(branch, source=Branch("c", "0"))
    history.plan = replace(plan, chains=(plan.chains[0], root))
    assert [type(each) for each in following(history, "d")] == [Submit]


def test_the_last_measurement_counts() -> None:
    """What was measured again, after a better look, is what decides."""
    history, take = made(minding("a", "b"))
    measured(measured(history, take, "1.0"), take, "0.2")
    assert isinstance(history.lineage, Lineage)
    assert [type(each) for each in following(history)] == [Submit]


def test_a_forecast_counts_what_may_be_held() -> None:
    """What is to be measured first costs nothing at least and the usual price at most; a hold blocks."""
    history, take = made(minding("a", "b"))
    step = foreseen(history)
    assert (step.low.calls, step.high.calls) == (0, 1)
    assert step.fate is Fate.RUNNING
    measured(history, take, "1.0")
    step = foreseen(history)
    assert (step.high.calls, step.fate) == (0, Fate.BLOCKED)


def test_a_forecast_promises_no_more_than_the_first_step() -> None:
    """What grows out of a step that is not made yet may be held: its calls count at most, not at least."""
    branch = Chain(name="d", source=Branch("c"), steps=steps("x"), drift_stop=Decimal("0.35"))
    plan = minding("a", "b")
    history = History(replace(plan, chains=(*plan.chains, branch))).adopt()
    plan, lineage, ledger, now, run = known(history)
    found = forecast(plan, views_of(plan, lineage, ledger, now, run), lineage, ledger, now)
    assert [(step.low.calls, step.high.calls) for step in found.chains[0].steps] == [(1, 1), (0, 1)]
    assert [(step.low.calls, step.high.calls) for step in found.chains[1].steps] == [(0, 1)]
    assert (found.low.calls, found.high.calls) == (1, 3)


def known(history: History) -> tuple[Plan, Lineage, Ledger, datetime, Run]:
    return history.plan, history.lineage, history.ledger, history.now, history.run


def foreseen(history: History) -> StepForecast:
    """What is foreseen of the second step."""
    plan, lineage, ledger, now, run = known(history)
    return forecast(plan, views_of(plan, lineage, ledger, now, run), lineage, ledger, now).chains[0].steps[1]

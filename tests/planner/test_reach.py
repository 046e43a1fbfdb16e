"""How far a run goes: what is barred, what is not, and what a forecast says of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.errors import PlanError
from orchestrator.plan import Branch, Chain, Existing, Pick, Plan, ProviderSettings, Step
from orchestrator.planner import (
    Adopt,
    ChainView,
    Ending,
    Fate,
    Finish,
    Forecast,
    Hold,
    Planner,
    Reach,
    Submit,
    Wait,
    forecast,
    reach_of,
    views_of,
)
from tests.histories import SOURCE, History, generation, plan_of, steps

OTHER = replace(SOURCE, video_id="video-1")


def two(source: Branch | Existing = OTHER) -> Plan:
    """Chain c of four steps, and chain d of two."""
    trunk = Chain("c", SOURCE, steps("a", "b", "x", "y"))
    return Plan("p", ProviderSettings(), (trunk, Chain("d", source, steps("m", "n"))))


def within(history: History, reach: Reach) -> History:
    """The same history, seen by a run of that reach."""
    history.run = replace(history.run, reach=reach)
    return history


def view(history: History, chain: str = "c") -> ChainView:
    known = history.lineage, history.ledger, history.now, history.run
    return Planner(history.plan).view(chain, *known)


def seen(history: History) -> Forecast:
    known = history.lineage, history.ledger, history.now
    views = views_of(history.plan, *known, history.run)
    return forecast(history.plan, views, *known, history.run.reach)


def paused(history: History, chain: str = "c") -> str:
    end = view(history, chain).end
    assert isinstance(end, Finish)
    assert end.ending is Ending.PAUSED
    return end.because


def test_without_limits_everything_is_in_reach() -> None:
    """A run that is told nothing makes all of its plans."""
    assert reach_of([two()]) == Reach()
    assert Reach().bar("p", two().chains[0], 3, 100) is None


def test_a_chain_that_is_not_named_is_left_alone() -> None:
    """Neither looked up nor paid for; nobody is asked for anything about it."""
    history = within(History(two()), reach_of([two()], only=["d"]))
    assert "works on other chains only" in paused(history)
    assert isinstance(view(history, "d").next[0], Adopt)
    assert [[step.fate for step in chain.steps] for chain in seen(history).chains] == [
        [Fate.LEFT] * 4,
        [Fate.LATER] * 2,
    ]


def test_a_chain_goes_as_far_as_the_step_that_is_named() -> None:
    """The step itself is made, what comes after it is not, and what is made already counts as ever."""
    reach = reach_of([two()], through=["p:c.2"])
    history = within(History(two()).adopt(), reach)
    assert seen(history).high.calls == 2
    assert [step.fate for step in seen(history).chains[0].steps] == [
        Fate.NEW, Fate.LATER, Fate.LEFT, Fate.LEFT,
    ]  # fmt: skip
    history.make()
    history.make()
    assert paused(history) == "this run goes no further than 2"
    assert seen(history).high.calls == 0
    within(history, Reach()).make()
    assert len(view(within(history, reach)).steps) == 3
    through_source = reach_of([two()], through=["c.0"])
    assert paused(within(history, through_source)) == "this run goes no further than its source"


def test_steps_are_counted_from_the_beginning_of_the_run() -> None:
    """One step more in every run: what was made before it does not count."""
    history = within(History(two()).adopt(), Reach(steps=1))
    assert seen(history).chains[0].high.calls == 1
    history.make()
    assert paused(history) == "this run makes 1 further step at most"
    history.again()
    (submit,) = history.submits()
    assert submit.prompt == "b"
    assert "2 further steps" in str(Reach(steps=2).bar("p", two().chains[0], 0, 2))


def test_what_a_branch_grows_out_of_is_included_as_far_as_needed() -> None:
    """As with `make`: asking for the leaf makes the trunk up to it; a word of a person's own is kept to."""
    plan = two(Branch("c", "2"))
    assert reach_of([plan], only=["d"]).ends == {("p", "d"): 1, ("p", "c"): 1}
    assert reach_of([plan], only=["d"], through=["c.1"]).ends == {("p", "d"): 1, ("p", "c"): 0}
    assert reach_of([two(Branch("c"))], only=["d"]).ends == {("p", "d"): 1, ("p", "c"): 3}
    history = within(History(plan).adopt(), reach_of([plan], only=["d"], through=["c.1"]))
    assert isinstance(view(history, "d").next[0], Wait)
    history.make()
    assert "its source, c.2, is not made: this run goes no further than 1" in paused(history, "d")


@pytest.mark.parametrize(
    ("only", "through", "message"),
    [
        (["e"], [], "there is no chain e; there are: c, d"),
        (["q:c"], [], "there is no chain q:c"),
        ([], ["c.9"], "c.9 is no step; write c.STEP with one of: 1, 2, 3, 4"),
        ([], ["c"], "c is no step"),
    ],
)
def test_what_a_plan_does_not_have_is_named(only: list[str], through: list[str], message: str) -> None:
    """A typing error costs a line, and no money."""
    with pytest.raises(PlanError, match=message):
        reach_of([two()], only, through)


def test_a_branch_out_of_reach_waits_for_nothing() -> None:
    """Its trunk is made; the branch is not, and that is no partial result."""
    plan = two(Branch("c", "1"))
    history = within(History(plan).adopt(), reach_of([plan], only=["c"]))
    assert "works on other chains only" in paused(history, "d")
    assert [step.fate for step in seen(history).chains[1].steps] == [Fate.LEFT, Fate.LEFT]


def test_a_branch_of_a_tip_that_is_not_reached_is_foreseen_as_left() -> None:
    """A forecast does not count what hangs from a step that the run does not come to."""
    plan = two(Branch("c"))
    history = within(History(plan).adopt(), Reach(steps=1))
    assert [step.fate for step in seen(history).chains[1].steps] == [Fate.BLOCKED, Fate.BLOCKED]
    history.make()
    assert [step.fate for step in seen(history).chains[1].steps] == [Fate.LEFT, Fate.LEFT]
    assert isinstance(view(history, "d").end, Finish)


def test_more_takes_of_a_step_beyond_are_left_to_another_run() -> None:
    """Where one take is enough to go on, the others out of reach are neither made nor foreseen."""
    plan = plan_of(Step("1", "a", takes=2), "b")
    history = History(plan).adopt()
    history.make()
    history.make()
    assert view(history).made == 2
    assert isinstance(view(history).next[-1], Submit)
    within(history, reach_of([plan], through=["c.0"]))
    assert paused(history) == "this run goes no further than its source"
    assert seen(history).high.calls == 0
    failed = History(plan_of(Step("1", "a", takes=2, attempts=1))).adopt()
    failed.make()
    failed.fail(failed.start())
    within(failed, reach_of([failed.plan], through=["c.0"]))
    assert failed.chain() == (Finish(Ending.DONE, "all its steps are made", view(failed).tip.kept),)  # type: ignore[union-attr]


def test_a_generated_source_out_of_reach_is_not_made() -> None:
    """Step 0 is a step: it is barred, and counted, like the others."""
    plan = replace(two(), chains=(Chain("c", generation(), steps("a")), *two().chains[1:]))
    history = within(History(plan), reach_of([plan], only=["d"]))
    assert "works on other chains only" in paused(history)
    assert [step.fate for step in seen(history).chains[0].steps] == [Fate.LEFT, Fate.LEFT]
    alone = within(History(plan_of("a", source=generation())), Reach(steps=1))
    assert seen(alone).high.calls == 1
    alone.make()
    assert "1 further step" in paused(alone)


def test_nobody_is_asked_about_a_chain_out_of_reach() -> None:
    """A pick, or a length that nobody knows, is no matter of this run."""
    asked = plan_of(Step("1", "a", takes=2, pick=Pick.ASK), "b")
    history = History(asked).adopt()
    history.make()
    history.make()
    assert isinstance(view(history).end, Hold)
    paused(within(history, reach_of([asked], through=["c.0"])))
    unknown = plan_of("a", source=replace(SOURCE, duration=None))
    history = History(unknown).adopt(None, seen=False)
    assert isinstance(view(history).end, Hold)
    paused(within(history, reach_of([unknown], through=["c.0"])))
    assert isinstance(view(within(history.later(hours=1).again(), Reach())).next[0], Adopt)
    assert (
        paused(within(history, Reach(ends={}))) == "this run leaves it alone: it works on other chains only"
    )


def test_a_goal_is_reached_before_the_last_step_that_is_allowed() -> None:
    """A chain that is done is done, however far the run might have gone."""
    plan = plan_of("a", "b", chain={"until": Decimal(6)})
    history = within(History(plan).adopt(), Reach(steps=1))
    history.make()
    end = view(history).end
    assert isinstance(end, Finish)
    assert end.ending is Ending.DONE

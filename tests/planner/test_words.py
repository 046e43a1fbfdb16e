"""The words for why: what changed, what can be done about a refusal, what a failure cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.facts import AttemptBegun, Reason, TakePicked, TakeRejected
from orchestrator.identity import TakeKey, step_key
from orchestrator.plan import Branch, Chain, Grown, Image, Kind, Pick, Plan, Step
from orchestrator.planner import Finish, Planner, Submit, Wait, forecast, views_of
from tests.histories import History, generation, plan_of, steps


def why(history: History, plan: Plan, chain: int = 0) -> list[str]:
    """The reasons of the steps, if the plan were this one now."""
    known = history.lineage, history.ledger, history.now
    views = views_of(plan, *known, history.run)
    return [step.because for step in forecast(plan, views, *known).chains[chain].steps]


def made(plan: Plan) -> History:
    history = History(plan)
    if plan.chains[0].source == plan_of().chains[0].source:
        history.adopt()
    while history.submits():
        history.make()
    return history


@pytest.mark.parametrize(
    ("wanted", "reasons"),
    [
        (("a", "b"), ["made already", "made already"]),
        (("a", "B"), ["made already", "prompt changed, was b"]),
        (("A", "b"), ["prompt changed, was a", "parent changed"]),
        (("A", "B"), ["prompt changed, was a", "parent changed; prompt changed, was b"]),
        (("x", "a", "b"), ["new", "parent changed", "parent changed"]),
        (("b",), ["parent changed"]),
        (("a", "b", "c"), ["made already", "made already", "new"]),
        (("a", "b", "a"), ["made already", "made already", "new"]),
        ((Step("other", "B", fallbacks=("a",)),), ["new"]),
        ((Step("1", "B", fallbacks=("a",)),), ["new"]),
        ((Step("1", "x" * 99),), ["prompt changed, was a"]),
        ((Step("1", None),), ["prompt changed, was a"]),
        ((Step("1", "a", takes=2, pick=1),), ["another take of it"]),
        ((Step("1", "a", negative_prompt="fog"),), ["negative_prompt changed, was absent"]),
        ((Step("1", "a", takes=2), "b"), ["another take of it", "made already"]),
    ],
)
def test_a_step_says_what_is_different_about_it(wanted: tuple[str | Step, ...], reasons: list[str]) -> None:
    """Against what stood at its place before, and against all that the chain ever asked for."""
    assert why(made(plan_of("a", "b")), plan_of(*wanted)) == reasons


def test_one_repetition_more_has_no_other_parent() -> None:
    """A step repeated more often, and a fill that was interrupted, go on from what they made."""
    history = made(plan_of(Step("1", "a", repeat=2)))
    assert why(history, plan_of(Step("1", "a", repeat=3))) == ["new"]


def test_a_long_prompt_of_before_is_shortened() -> None:
    """A reason is a line, not a page."""
    history = made(plan_of("koi " * 100))
    (reason,) = why(history, plan_of("frog"))
    assert reason == f"prompt changed, was {('koi ' * 100)[:59]}…"


def test_a_generation_says_which_parameter_changed() -> None:
    """Everything that is sent is compared, pictures too."""
    source = replace(generation(), kind=Kind.IMAGE, image=Image(url="https://a/1.png"))
    history = made(plan_of(source=source))
    other = replace(source, duration="10", image=None, image_tail=Image(url="https://a/2.png"))
    (reason,) = why(history, plan_of(source=other))
    assert reason.startswith("duration changed, was absent; image_tail changed, was absent")


def test_what_depends_on_a_choice_does_not_claim_to_know_its_parent() -> None:
    """While several takes are made, nobody can say whether what follows will grow out of the same."""
    history = made(plan_of("a", "b"))
    wanted = Step("1", "A", takes=2)
    assert why(history, plan_of(wanted, "b"))[1] == "once the step before is made"


def test_a_fallback_says_what_was_refused_before_it() -> None:
    """Each prompt that is tried is counted and shown."""
    history = History(plan_of(Step("1", "bad", fallbacks=("worse", "good")))).adopt()
    history.decline(history.begin(), Reason.MODERATION)
    history.decline(history.begin(), Reason.MODERATION)
    (submit,) = history.submits()
    assert submit.because == "moderation refused what was asked for before it: bad, worse"


REFUSALS = {
    "This video not supported extend-video": "cannot be extended; write continue: auto",
    "The model is discontinued": "the vendor has retired its model",
    "no such resource": "it does not know video video-0 of task task-0",
}


@pytest.mark.parametrize("message", REFUSALS)
def test_a_refused_source_says_what_can_be_done(message: str) -> None:
    """The provider's own words, and the way on."""
    history = History(plan_of("a")).adopt()
    history.decline(history.begin(), Reason.REFUSED, message, code="1203")
    (finish,) = history.chain()
    assert isinstance(finish, Finish)
    assert finish.because.startswith(f"the provider refuses this: {message}; ")
    assert REFUSALS[message] in finish.because


def test_a_refusal_that_nobody_knows_a_remedy_for_is_passed_on() -> None:
    """No advice is better than a wrong one."""
    history = History(plan_of("a")).adopt()
    history.decline(history.begin(), Reason.REFUSED, "strange", code="1201")
    (finish,) = history.chain()
    assert finish.because == "the provider refuses this: strange"
    made = History(plan_of(source=generation()))
    made.decline(made.begin(), Reason.REFUSED, "strange", code="1203")
    assert made.chain()[0].because == "the provider refuses this: strange"


@pytest.mark.parametrize(
    ("provider", "cost"),
    [("sandbox", "failed tasks are free at sandbox"), ("dmxapi", "dmxapi may charge for failed tasks")],
)
def test_a_failure_says_what_it_cost_and_what_to_type(provider: Any, cost: str) -> None:
    """Free at the vendor, unknown at the gateway: nobody is left to guess."""
    plan = plan_of("a", "b")
    history = History(replace(plan, provider=replace(plan.provider, name=provider))).adopt()
    for _ in range(2):
        history.fail(history.start())
    (finish,) = history.chain()
    assert finish.because == f"failed 2 times: bad luck ({cost}): orchestrate retry p:c.1"
    once = History(plan_of(Step("1", "a", attempts=1))).adopt()
    once.fail(once.start())
    assert once.chain()[0].because.startswith("failed once: bad luck")


# ---- a video of the journal as a source


def grown(node: TakeKey, *wanted: str) -> Plan:
    return replace(plan_of(), name="q", chains=(Chain("c", Grown(node), steps(*wanted)),))


def end(history: History, plan: Plan) -> Any:
    known = history.lineage, history.ledger, history.now, history.run
    return Planner(plan).view("c", *known).next[0]


def test_a_chain_grows_out_of_any_video_of_the_journal() -> None:
    """By its take key: a step that hangs from it is the same step for every plan."""
    history = History(plan_of("a", "b")).adopt()
    first = history.make()
    submit = end(history, grown(first.take, "b"))
    assert isinstance(submit, Submit)
    assert submit.step == step_key(first.take, Kind.EXTEND, steps("b")[0], "b")
    assert why(history, grown(first.take, "b")) == ["new"]
    history.make()
    assert end(history, grown(first.take, "b")).because == "all its steps are made"


def test_a_source_that_is_no_video_of_the_journal_ends_the_chain() -> None:
    """A key that means nothing here, another account's video, and one that is still being made."""
    history = History(plan_of("a")).adopt()
    begun: AttemptBegun = history.start()
    unknown = grown(TakeKey("0" * 40), "b")
    assert "is no video of this journal" in end(history, unknown).because
    assert "is no video of this journal" in why(history, unknown)[0]
    assert isinstance(end(history, grown(begun.take, "b")), Wait)
    history.succeed(begun)
    plan = grown(begun.take, "b")
    elsewhere = replace(plan, provider=replace(plan.provider, account_label="other"))
    assert "belongs to dmxapi, and cannot be extended at dmxapi/other" in end(history, elsewhere).because


def test_a_branch_may_grow_out_of_a_chain_that_grew_out_of_a_video() -> None:
    """Sources of every kind can be branched from."""
    history = History(plan_of("a")).adopt()
    first = history.make()
    plan = grown(first.take, "b")
    plan = replace(plan, chains=(*plan.chains, Chain("d", Branch("c", "0"), steps("e"))))
    assert why(history, plan, 1) == ["new"]


def test_what_failed_before_says_so_again_in_the_forecast() -> None:
    """A second attempt is foreseen with the reason why there is one."""
    history = History(plan_of("a")).adopt()
    history.fail(history.start())
    assert why(history, history.plan) == ["attempt failed earlier: bad luck"]


def test_a_rejected_pick_of_the_plan_asks_what_to_go_on_from() -> None:
    """The plan picks take 2, a person does not want it: only a person knows what to use instead."""
    history = History(plan_of(Step("1", "a", takes=2, pick=2), "b")).adopt()
    step = history.make(1).step
    history.make()
    history.write(TakeRejected(history.now, "p", "c", step, 2))
    (hold,) = history.chain()
    assert hold.because == "only take 1 is there to pick: orchestrate take pick p:c.1@N"


def test_chains_that_begin_alike_share_what_is_to_be_begun() -> None:
    """The second chain says with which one it shares its step, and does not count it."""
    plan = plan_of("a", "b")
    plan = replace(plan, chains=(*plan.chains, replace(plan.chains[0], name="d")))
    history = History(plan).adopt()
    assert why(history, plan, 1) == ["shared with chain c: p:c.1", "shared with chain c: p:c.2"]


def test_a_chain_that_is_held_at_its_tip_says_what_it_waits_for() -> None:
    """Steps behind a length that nobody knows are blocked by that, and those behind a file are not."""
    held = History(plan_of("a")).adopt(None, seen=False)
    assert "the length of its source is not known" in why(held, held.plan)[0]
    read = History(plan_of("a")).adopt(None)
    assert why(read, read.plan) == ["once the step before is made"]


def test_a_review_that_is_ahead_gates_what_follows() -> None:
    """What comes after a look is not counted for this run."""
    history = History(plan_of("a", Step("2", "b", review=True), "x")).adopt()
    assert why(history, history.plan)[2] == "waits for an approval of p:c.2"


def test_what_exists_beyond_the_only_take_left_is_found_there() -> None:
    """A person picked, then changed their mind twice: what was made on the way is not foreseen again."""
    history = History(plan_of(Step("1", "a", takes=2, pick=Pick.ASK), "b")).adopt()
    wish = ("p", "c", history.make().step)
    history.make()
    for number in (1, 2):
        history.write(TakePicked(history.now, *wish, number))
        history.make()
    history.write(TakeRejected(history.now, *wish, 2))
    assert why(history, history.plan) == [
        "only take 1 is there to pick: orchestrate take pick p:c.1@N",
        "made already",
    ]

"""Whole chains: the cap, the goal, repeats, takes, picks, reviews, branches and the order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.facts import Reason, StepApproved, TakePicked, TakeRejected, TakeWanted, Verdict
from orchestrator.plan import FILL, Branch, Chain, Existing, Pick, Plan, Step
from orchestrator.planner import Action, Adopt, Ending, Finish, Hold, Need, Planner, Submit, Wait, Watch
from tests.histories import SOURCE, History, generation, plan_of, steps


def chained(*wanted: str | Step, length: str = "5.1", **chain: object) -> History:
    """An adopted source of that length, kept, and the steps wanted."""
    history = History(plan_of(*wanted, chain=chain)).adopt(length)
    history.keep(history.facts[0].fact.take)  # type: ignore[union-attr]
    return history


def ending(action: Action) -> Ending:
    assert isinstance(action, Finish)
    return action.ending


def need(action: Action) -> Need:
    assert isinstance(action, Hold)
    return action.need


def test_a_source_is_looked_up_before_anything_is_paid() -> None:
    """Adopting is free and comes first: a wrong id costs nothing."""
    (adopt,) = History(plan_of("one")).chain()
    assert isinstance(adopt, Adopt)


def test_a_chain_goes_on_from_the_pair_of_the_hop_before() -> None:
    """Hop N is submitted with task and video of hop N-1, and with nothing older."""
    history = chained("one", "two")
    made = history.make()
    (submit,) = history.submits()
    assert submit.parent is not None
    assert (submit.parent.take, submit.prompt) == (made.take, "two")


@pytest.mark.parametrize(
    ("length", "wanted", "expected"),
    [
        ("175.0", ("one",), None),
        ("175.1", ("one",), Ending.CAPPED),
        ("180.0", ("one",), Ending.DONE),
        ("175.1", (Step("1", "one", repeat=FILL),), Ending.DONE),
        ("5.1", (), Ending.DONE),
    ],
)
def test_the_cap_is_kept_and_told_apart(
    length: str, wanted: tuple[str | Step], expected: Ending | None
) -> None:
    """No step is sent that could pass 180 s; steps left over are a partial result, a filled chain is not."""
    (action,) = chained(*wanted, length=length).chain()
    assert isinstance(action, Submit) if expected is None else ending(action) is expected


def test_the_cap_learns_from_longer_steps() -> None:
    """Where twenty increments were longer than 5 s, the margin grows with them."""
    history = chained(Step("1", "more", repeat=40), length="7.4")
    for _ in range(20):
        history.make(gained="5.4")
    assert history.lineage.increments["dmxapi", "kling-v1-6"] == [Decimal("5.4")] * 20
    for _ in range(11):
        history.make(gained="5.4")
    (action,) = history.chain()
    assert ending(action) is Ending.CAPPED
    assert "174.8" in action.because


def test_until_may_be_overshot_by_one_step() -> None:
    """A chain is done once its length reaches `until`, whatever steps are left."""
    history = chained(Step("1", "more", repeat=FILL), until=Decimal(14))
    history.make()
    assert isinstance(history.chain()[0], Submit)
    history.make()
    (action,) = history.chain()
    assert ending(action) is Ending.DONE
    assert action.because == "14.1 s reach the 14 s wanted"


def test_repeats_are_named_and_differ() -> None:
    """The same prompt three times is three steps, each with its own place."""
    history = chained(Step("waves", "waves", repeat=3))
    places = []
    for _ in range(3):
        places.append(str(history.submits()[0].place).removesuffix("@1"))
        history.make()
    assert places == ["p:c.waves#1", "p:c.waves#2", "p:c.waves#3"]
    assert ending(history.chain()[0]) is Ending.DONE


def test_takes_are_made_together_and_the_first_goes_on() -> None:
    """All takes are submitted at once; the chain goes on from the first to succeed."""
    history = chained(Step("1", "one", takes=3), "two")
    assert [submit.take_number for submit in history.submits()] == [1, 2, 3]
    history.start(0)
    second = history.start(0)
    history.succeed(second)
    history.keep(second.take)
    kinds = [type(action) for action in history.chain()]
    assert kinds == [Submit, Watch, Submit]
    assert history.submits()[0].parent is not None
    assert {submit.prompt for submit in history.submits()} == {"one", "two"}


def test_the_longest_take_is_picked_once_all_are_settled() -> None:
    """`pick: longest` waits for every take, and a failed one does not hold it up."""
    history = chained(Step("1", "one", takes=3, pick=Pick.LONGEST, attempts=1), "two")
    history.make(gained="4.2")
    longest = history.make(gained="4.9")
    assert all(submit.prompt == "one" for submit in history.submits())
    history.fail(history.start())
    (submit,) = history.submits()
    assert submit.parent is not None
    assert submit.parent.take == longest.take


def test_a_numbered_pick_waits_for_its_take() -> None:
    """`pick: 2` goes on from take 2 even when take 1 is there first."""
    history = chained(Step("1", "one", takes=2, pick=2), "two")
    history.make(1)
    assert [submit.prompt for submit in history.submits()] == ["one"]
    second = history.make()
    (submit,) = history.submits()
    assert submit.parent is not None
    assert submit.parent.take == second.take


def test_asking_holds_until_a_person_picks_and_a_new_pick_moves_the_rest() -> None:
    """`pick: ask` stops for a person; another pick later reuses what exists below it."""
    history = chained(Step("1", "one", takes=2, pick=Pick.ASK), "two")
    first, second = history.make(), history.make()
    (hold,) = history.chain()
    assert need(hold) is Need.PICK
    step = first.step
    history.write(TakePicked(history.now, "p", "c", step, 2))
    two = history.make()
    assert two.parent == second.take
    history.write(TakePicked(history.now, "p", "c", step, 1))
    (submit,) = history.submits()
    assert submit.parent is not None
    assert submit.parent.take == first.take
    history.write(TakePicked(history.now, "p", "c", step, 2))
    assert ending(history.chain()[0]) is Ending.DONE


def test_picking_a_take_beyond_the_plan_makes_it() -> None:
    """A person may want take 3 of a step that the plan takes once; it is made, then gone on from."""
    history = chained("one", "two")
    step = history.make().step
    history.write(TakePicked(history.now, "p", "c", step, 2))
    (submit,) = history.submits()
    assert (submit.prompt, submit.take_number) == ("one", 2)


def test_a_rejected_take_is_never_picked_and_another_is_made() -> None:
    """Rejecting asks for a new take; the rejected one is kept but not gone on from."""
    history = chained("one", "two")
    step = history.make().step
    history.write(TakeRejected(history.now, "p", "c", step, 1))
    assert ending(history.chain()[0]) is Ending.FAILED
    history.write(TakeWanted(history.now, "p", "c", step, 2))
    (submit,) = history.submits()
    assert submit.take_number == 2
    again = history.make()
    assert history.submits()[0].parent.take == again.take  # type: ignore[union-attr]


def test_a_review_holds_until_it_is_approved() -> None:
    """Nothing more is paid on a step that somebody wants to look at first."""
    history = chained(Step("1", "one", review=True), "two")
    step = history.make().step
    (hold,) = history.chain()
    assert need(hold) is Need.REVIEW
    history.write(StepApproved(history.now, "p", "c", step))
    assert history.submits()[0].prompt == "two"


def test_all_takes_failing_ends_the_chain_with_the_worst_reason() -> None:
    """A step none of whose takes came to be ends its chain, and says why."""
    history = chained(Step("1", "one", takes=2, attempts=1), "two")
    history.decline(history.begin(), Reason.MODERATION)
    history.fail(history.start())
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    assert isinstance(view.end, Finish)
    assert view.end.ending is Ending.FAILED
    assert view.standing[0] == "failed"


def test_a_generated_source_is_step_0() -> None:
    """A generation takes the same options as a step, and its video is the chain's source."""
    history = History(plan_of("one", source=generation(step={"takes": 2, "review": True}, duration="10")))
    submit = history.submits()[0]
    assert (str(submit.place), submit.units, submit.parent) == ("p:c.0@1", Decimal(4), None)
    step = history.make(gained="10.04").step
    assert Need.REVIEW in [need(action) for action in history.chain() if isinstance(action, Hold)]
    history.write(StepApproved(history.now, "p", "c", step))
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    assert view.source is not None
    assert view.source.length == Decimal("10.04")
    assert view.made == 0


# ---- several chains


def forest(*branches: Chain, wanted: tuple[str | Step, ...] = ("one", "two")) -> History:
    first = Chain("c", SOURCE, steps(*wanted))
    plan = replace(plan_of(), chains=(first, *branches))
    history = History(plan).adopt()
    history.keep(history.facts[0].fact.take)  # type: ignore[union-attr]
    return history


@pytest.mark.parametrize(
    ("source", "made", "grows"),
    [
        (Branch("c", "1"), 0, False),
        (Branch("c", "1"), 1, True),
        (Branch("c"), 1, False),
        (Branch("c"), 2, True),
        (Branch("c", "0"), 0, True),
        (Branch("c", "1", 1), 1, True),
        (Branch("c", "1", 2), 1, False),
        (Branch("c", "2"), 0, False),
    ],
)
def test_a_branch_waits_for_its_step_and_grows_out_of_it(source: Branch, made: int, grows: bool) -> None:
    """A branch starts as soon as the step it names is there, and not before."""
    history = forest(Chain("b", source, steps("branch")))
    for _ in range(made):
        order = [submit.prompt for submit in history.submits()]
        history.make(next(index for index, prompt in enumerate(order) if prompt in ("one", "two")))
    (action,) = history.chain("b")
    assert isinstance(action, Submit if grows else Wait)


def test_a_branch_of_a_chain_that_ended_ends_with_it() -> None:
    """Nobody waits for a source that will not come, and the reason is passed on."""
    history = forest(Chain("b", Branch("c", "2"), steps("branch")))
    history.decline(history.begin(), Reason.REFUSED, "This video not supported extend-video")
    (action,) = history.chain("b")
    assert ending(action) is Ending.FAILED
    assert "not supported" in action.because


def test_equal_prefixes_are_made_once() -> None:
    """Two chains that begin alike share those steps: one submission serves both."""
    history = forest(Chain("d", SOURCE, steps("one", "else")))
    assert len(history.submits()) == 1
    history.make()
    assert {submit.prompt for submit in history.submits()} == {"two", "else"}


def test_the_longest_remaining_line_goes_first() -> None:
    """With fewer slots than ready steps, the step with most work in line below it is first (Hu, 1961)."""
    long = Chain("long", replace(SOURCE, video_id="v2"), steps("a", "b", "c"))
    tree = Chain("tree", Branch("c", "1"), steps("x", "y", "z", "z2"))
    history = forest(long, tree)
    other = History(replace(history.plan, chains=(long,))).adopt()
    history.write(other.facts[0].fact)
    assert [submit.prompt for submit in history.submits()] == ["one", "a"]


def test_levels_follow_branches_repeats_and_the_goal() -> None:
    """The level counts extensions to the deepest leaf, never more than the length leaves room for."""
    fill = Chain("fill", Branch("c", "0"), (Step("1", "more", repeat=FILL),), until=Decimal(23))
    tip = Chain("tip", Branch("c"), steps("t1", "t2", "t3"))
    history = forest(fill, tip, wanted=(Step("1", "one", repeat=2), "two"))
    by_prompt = {submit.prompt: submit.level / 320 for submit in history.submits()}
    assert by_prompt == {"one": 6, "more": 4}


def test_an_orphan_task_of_a_take_with_two_open_attempts_is_tended_twice() -> None:
    """After a person's wrong word both attempts are watched: nothing paid is dropped."""
    history = chained("one")
    first = history.begin()
    history.resolve(first, Verdict.NOT_SUBMITTED)
    history.start()
    history.accept(first)
    assert [type(action) for action in history.actions()] == [Watch, Watch]


def test_chain_names_a_plan_does_not_have_are_refused() -> None:
    """Asking a plan for a chain it does not have is our bug, and says so."""
    plan: Plan = plan_of("one")
    assert plan.chain("c").name == "c"
    with pytest.raises(KeyError):
        plan.chain("d")


def test_an_adopted_video_is_asked_for_again_when_its_length_is_not_known() -> None:
    """A source that could be seen but gives no length is read from its file, not asked for again."""
    history = History(plan_of("one", source=Existing("t", "v"))).adopt(None)
    assert isinstance(history.chain()[0], Wait)

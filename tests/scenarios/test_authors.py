"""Authors' stories: after every edit, pick, rejection and resume, only what is new is paid for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.plan import FILL, Branch, Chain, Existing, Generation, Kind, Pick, Plan, Step
from orchestrator.planner import Fate, Hold, Need, reach_of
from tests.scenarios.authoring import Author
from tests.scenarios.stage import a_plan, with_chains

pytestmark = pytest.mark.anyio


RISK = "Failure to pass the risk control system"


def once(*prompts: str) -> Counter[str]:
    return Counter(prompts)


def chain(name: str, *wanted: str | Step, source: Branch | None = None) -> Chain:
    own = a_plan(*wanted).chains[0]
    return replace(own, name=name, source=source or own.source)


async def test_a_film_is_edited_again_and_again(tmp_path: Path) -> None:
    """Change, insert, remove, reorder, and back: the unchanged beginning is never paid for again."""
    author = Author(tmp_path)
    assert await author.run(a_plan("a", "b", "c")) == once("a", "b", "c")
    assert await author.run(a_plan("a", "B", "c")) == once("B", "c")
    assert await author.run(a_plan("a", "x", "B", "c")) == once("x", "B", "c")
    assert await author.run(a_plan("a", "c")) == once("c")
    assert author.foreseen(a_plan("a", "c")).beside == 7
    assert await author.run(a_plan("b", "a")) == once("b", "a")
    assert await author.run(a_plan("a", "B", "c")) == once()
    assert await author.run(a_plan("a", "b", "c", "d")) == once("d")


async def test_what_is_not_sent_never_causes_a_rerun(tmp_path: Path) -> None:
    """Names of steps, budget, output, review, attempts, order of chains: none of them is in the film."""
    author = Author(tmp_path)
    await author.run(a_plan("a", "b"))
    renamed = a_plan(Step("first", "a", attempts=5), Step("second", "b", takes=1, pick=Pick.ASK), until="170")
    assert await author.run(replace(renamed, output=str(tmp_path / "elsewhere"), name="q")) == once()


async def test_one_more_take_is_paid_for_once(tmp_path: Path) -> None:
    """`takes` raised from two to three pays one call, then none, also when it is lowered again."""
    author = Author(tmp_path)
    for takes, paid in ((2, 2), (3, 1), (3, 0), (2, 0)):
        wanted = a_plan(Step("1", "a", takes=takes, pick=1))
        assert (await author.run(wanted)).total() == paid
    assert len({payment.task_id for payment in author.stage.payments}) == 3


async def test_a_changed_pick_moves_the_rest_and_finds_it_again(tmp_path: Path) -> None:
    """After a pick the chain goes on; picking back uses what was made there before."""
    author = Author(tmp_path)
    plan = a_plan(Step("leap", "a", takes=3, pick=Pick.ASK), "b", "c")
    assert await author.run(plan) == Counter(a=3)
    assert author.needs() == [("p:c.leap", Need.PICK)]
    assert await author.run(plan) == once()
    await author.pick(plan, "leap", 2)
    assert await author.run(plan) == once("b", "c")
    await author.pick(plan, "leap", 3)
    assert await author.run(plan) == once("b", "c")
    await author.pick(plan, "leap", 2)
    assert await author.run(plan) == once()
    assert author.states() == ["done"]


async def test_inserting_a_step_does_not_move_picks_below_the_same_parent(tmp_path: Path) -> None:
    """A pick belongs to the step that was looked at, not to its number."""
    author = Author(tmp_path)
    plan = a_plan("a", Step("leap", "b", takes=2, pick=Pick.ASK), "c")
    await author.run(plan)
    await author.pick(plan, "leap", 2)
    await author.run(plan)
    assert await author.run(a_plan("a", Step("2", "b", takes=2, pick=Pick.ASK), "c", "d")) == once("d")


async def test_a_review_rejected_twice_then_approved(tmp_path: Path) -> None:
    """Each rejection pays for one new take; the approval is for what was looked at last."""
    author = Author(tmp_path)
    plan = a_plan(Step("1", "a", review=True), "b")
    assert await author.run(plan) == once("a")
    assert author.needs() == [("p:c.1", Need.REVIEW)]
    for number in (1, 2):
        await author.reject(plan, "1", number)
        assert await author.run(plan) == once("a")
        assert author.needs() == [("p:c.1", Need.REVIEW)]
    await author.approve(plan, "1")
    assert await author.run(plan) == once("b")
    assert author.states() == ["done"]


async def test_a_chain_that_waits_for_a_person_blocks_no_other(tmp_path: Path) -> None:
    """While one chain waits for a look, the others are made to their ends in the same run."""
    author = Author(tmp_path)
    plan = with_chains(a_plan(Step("1", "a", review=True), "b"), chain("other", "x", "y"))
    assert await author.run(plan) == once("a", "x", "y")
    assert author.states() == ["review", "done"]


async def test_plan_says_why_each_step_is_made(tmp_path: Path) -> None:
    """In words: what changed, and what it was; what is merely new; what was tried before."""
    author = Author(tmp_path)
    assert author.why(a_plan("a", "b")) == ["once the step before is made"] * 2
    await author.run(a_plan("a", "b", "c"))
    assert author.why(a_plan("a", "b", "c")) == ["made already"] * 3
    assert author.why(a_plan("a", "B", "c")) == ["made already", "prompt changed, was b", "parent changed"]
    assert author.why(a_plan("a", "x", "b", "c"))[1:] == ["new", "parent changed", "parent changed"]
    assert author.why(a_plan("b", "a")) == ["parent changed", "parent changed"]
    assert author.why(a_plan("a", "x", "y"))[1:] == [
        "prompt changed, was b",
        "parent changed; prompt changed, was c",
    ]
    assert author.why(a_plan("a", "b", "c", "d"))[3] == "new"
    assert author.why(a_plan("a", Step("2", "b", takes=2, pick=1), "c"))[1] == "another take of it"
    louder = Step("2", "b", negative_prompt="fog", cfg_scale=Decimal("0.7"))
    assert author.why(a_plan("a", louder))[1] == (
        "negative_prompt changed, was absent; cfg_scale changed, was absent"
    )
    elsewhere = a_plan("a", source=Existing("another", "video", duration=Decimal(5)))
    assert author.why(elsewhere) == ["parent changed"]


async def test_plan_says_which_parameter_of_a_generation_changed(tmp_path: Path) -> None:
    """A generation is compared in everything that is sent for it."""
    author = Author(tmp_path)
    await author.run(generated())
    plan = generated(prompt="lake")
    assert author.why(plan) == ["prompt changed, was pond", "parent changed"]
    source = generated().chains[0].source
    assert isinstance(source, Generation)
    longer = replace(plan.chains[0], source=replace(source, duration="10"))
    assert author.why(replace(plan, chains=(longer,))) == ["duration changed, was 5", "parent changed"]


# ---- branches


def generated(**options: Any) -> Plan:
    source = Generation(
        Kind.TEXT, Step(**{"id": "0", "prompt": "pond", **options}), model_name="kling-v1-6", duration="5"
    )
    return a_plan("a", source=source)


async def test_a_generated_source_has_takes_picks_and_reviews_like_a_step(tmp_path: Path) -> None:
    """Step 0 is made as often as wanted, picked, looked at; branches grow from its takes at once."""
    author = Author(tmp_path)
    plan = generated(takes=3, pick=Pick.ASK, review=True)
    plan = with_chains(plan, chain("b", "x", source=Branch("c", "0", 2)))
    assert await author.run(plan) == Counter(pond=3, x=1)
    assert author.needs() == [("p:c.0", Need.PICK)]
    await author.pick(plan, "0", 2)
    assert await author.run(plan) == once()
    assert author.needs() == [("p:c.0", Need.REVIEW)]
    await author.approve(plan, "0")
    assert await author.run(plan) == once("a")
    await author.reject(plan, "0", 2)
    assert await author.run(plan) == once("pond")
    assert author.needs() == [("p:c.0", Need.PICK)]


async def test_a_named_source_is_branched_from_by_its_name(tmp_path: Path) -> None:
    """A generation with an id of its own is a step like any other, for branches too."""
    author = Author(tmp_path)
    plan = with_chains(generated(id="pond"), chain("b", "x", source=Branch("c", "pond")))
    assert [step.place.step for step in author.foreseen(plan).chains[0].steps] == ["pond", "1"]
    assert await author.run(plan) == once("pond", "a", "x")


async def test_branches_grow_from_any_step_and_any_take(tmp_path: Path) -> None:
    """A branch of a take that was not picked, of a repetition, of a tip: each pays for itself only."""
    author = Author(tmp_path)
    trunk = a_plan(Step("leap", "a", takes=2, pick=1), Step("waves", "b", repeat=2))
    plan = with_chains(
        trunk,
        chain("second", "x", source=Branch("c", "leap", 2)),
        chain("beside", "b", "y", source=Branch("c", "leap")),
        chain("tip", "z", source=Branch("c")),
    )
    # What `beside` begins with is what the trunk goes on with: made once.
    assert await author.run(plan) == Counter(a=2, b=2, x=1, y=1, z=1)
    fates = [[step.fate for step in each.steps] for each in author.foreseen(plan).chains]
    assert {fate for row in fates for fate in row} == {Fate.REUSED}


async def test_equal_beginnings_of_chains_and_plans_are_made_once(tmp_path: Path) -> None:
    """Two chains of one plan, two plans of one run, and a plan of tomorrow share what is equal."""
    author = Author(tmp_path)
    one = with_chains(a_plan("a", "b", "c"), chain("d", "a", "b", "e"))
    two = replace(a_plan("a", "f"), name="q")
    assert author.why(one, "d")[:2] == ["shared with chain c: p:c.1", "shared with chain c: p:c.2"]
    assert await author.run(one, two) == once("a", "b", "c", "e", "f")
    assert await author.run(replace(a_plan("a", "b", "g"), name="r")) == once("g")


# ---- as far as is wanted


async def test_a_run_goes_as_far_as_it_is_told(tmp_path: Path) -> None:
    """So many steps more, as far as a step, one chain alone: and a later run makes the rest."""
    author = Author(tmp_path)
    plan = with_chains(a_plan("a", "b", "c", "d"), chain("other", "x", "y"))
    assert await author.run(plan, reach=reach_of([plan], steps=1)) == once("a", "x")
    assert author.states() == ["paused", "paused"]
    assert await author.run(plan, reach=reach_of([plan], through=["c.3"])) == once("b", "c")
    assert await author.run(plan, reach=reach_of([plan], through=["c.3"])) == once()
    assert await author.run(plan, reach=reach_of([plan], only=["other"])) == once("y")
    assert author.states() == ["paused", "done"]
    assert await author.run(plan) == once("d")


async def test_what_a_chain_grows_out_of_is_made_as_far_as_it_is_needed(tmp_path: Path) -> None:
    """Asking for a branch alone makes the trunk up to it, and no step of the trunk beyond."""
    author = Author(tmp_path)
    plan = with_chains(a_plan("a", "b", "c"), chain("leaf", "x", "y", source=Branch("c", "2")))
    assert await author.run(plan, reach=reach_of([plan], only=["leaf"])) == once("a", "b", "x", "y")
    assert author.states() == ["paused", "done"]


async def test_steps_are_counted_from_where_the_run_began(tmp_path: Path) -> None:
    """Two further steps of a chain that fills to the cap are two, in every run anew; takes count as one."""
    author = Author(tmp_path)
    plan = a_plan(Step("1", "a", takes=2, pick=Pick.LONGEST), Step("2", "b", repeat=FILL), until="40")
    two = reach_of([plan], steps=2)
    assert await author.run(plan, reach=two) == Counter(a=2, b=1)
    assert await author.run(plan, reach=two) == Counter(b=2)
    await author.run(plan)
    assert author.states() == ["done"]


# ---- failures


async def test_fallbacks_are_tried_in_turn_and_the_next_run_remembers(tmp_path: Path) -> None:
    """Moderation refuses a prompt: the next one stands for it, and what follows hangs from that one."""
    refused = {"when": {"action": "submit", "prompt_contains": "bad"}, "do": {"fail": RISK}}
    author = Author(tmp_path, faults=[refused])
    plan = a_plan(Step("1", "bad", fallbacks=("bad too", "good")), "b")
    paid = await author.run(plan, fails=True)
    assert paid == once("good", "b")
    assert await author.run(plan) == once()
    assert author.step(plan, "1").takes[0].prompt == "good"


async def test_a_failing_step_is_tried_as_often_as_wanted_and_again_when_told(tmp_path: Path) -> None:
    """Two attempts, then an end that says what to type; `retry` tries again, and once only per word."""
    faults = [
        {
            "when": {"action": "submit", "prompt_contains": "b", "nth": 1, "times": 3},
            "do": {"fail": "bad luck"},
        }
    ]
    author = Author(tmp_path, faults=faults)
    plan = a_plan("a", Step("2", "b", attempts=2), "c")
    await author.run(plan, fails=True)
    assert author.states() == ["failed"]
    assert author.why(plan)[1].startswith("failed 2 times: bad luck (failed tasks are free at sandbox)")
    assert await author.run(plan) == once()
    await author.retry(plan, "2")
    assert author.why(plan)[1] == "asked for again"
    assert await author.run(plan, fails=True) == once("b", "c")
    assert author.states() == ["done"]


async def test_a_source_that_cannot_be_extended_stops_its_chain_alone(tmp_path: Path) -> None:
    """The provider refuses, nothing is paid, the author reads what can be done, the other chain goes on."""
    refuse = {"http": 400, "code": 1201, "message": "This video not supported extend-video"}
    faults = [{"when": {"action": "submit", "prompt_contains": "b"}, "do": {"status": refuse}}]
    author = Author(tmp_path, faults=faults)
    plan = with_chains(a_plan("a", "b"), chain("other", "a", "x"))
    assert await author.run(plan, fails=True) == once("a", "x")
    assert author.states() == ["refused", "done"]
    assert author.result is not None
    assert "begin with one of kling-v1 or kling-v1-6" in author.result.views[0].standing[1]


async def test_a_drift_holds_until_somebody_looks(tmp_path: Path) -> None:
    """A plan that minds drift pays for nothing beyond what cannot be measured, and goes on when approved."""
    author = Author(tmp_path)
    plan = a_plan("a", "b", "c")
    minding = replace(plan, chains=(replace(plan.chains[0], drift_stop=Decimal("0.35")),))
    # Virtual films are all the same second: none of them has anything new to be measured by.
    assert await author.run(minding) == once("a")
    assert author.result is not None
    (hold,) = author.result.views[0].next
    assert isinstance(hold, Hold)
    assert (hold.need, str(hold.place)) == (Need.DRIFT, "p:c.1")
    assert await author.run(minding) == once()
    await author.approve(minding, "1")
    assert await author.run(minding) == once("b")
    assert await author.run(plan) == once("c")
    assert await author.run(minding) == once()

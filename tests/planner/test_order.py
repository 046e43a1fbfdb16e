"""Who goes first: by the time that waits below a step, as this account's tasks take it, or as written."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from orchestrator.facts import Reason, TakeRejected, VideoAdopted
from orchestrator.plan import AS_WRITTEN, FILL, Branch, Chain, Kind, Pick, Step
from orchestrator.planner import Planner
from tests.histories import NOW, SOURCE, History, generation, plan_of, steps


def grown(*chains: Chain, order: Literal["fastest", "as-written"] = "fastest") -> History:
    """Chains out of sources that are known already."""
    history = History(replace(plan_of(), chains=chains, order=order))
    for chain in chains:
        if chain.source in (SOURCE, OTHER):
            one = History(replace(history.plan, chains=(chain,))).adopt()
            history.write(one.facts[0].fact)
    return history


OTHER = replace(SOURCE, video_id="video-other", model_name="kling-v1-5")


def urgency(history: History) -> list[tuple[str | None, int]]:
    """Prompts and seconds below them, in the order in which they are to be sent."""
    return [(submit.prompt, round(submit.level)) for submit in history.submits()]


def test_time_counts_and_not_the_number_of_steps() -> None:
    """Two steps of a model that is slow here go before three of a quick one."""
    quick, slow = (
        Chain("quick", SOURCE, steps("a", "b", "c", "d")),
        Chain("slow", OTHER, steps("x", "y", "z")),
    )
    history = grown(quick, slow)
    other = history.facts[1].fact
    assert isinstance(other, VideoAdopted)
    history.facts[1] = replace(history.facts[1], fact=replace(other, model_name="kling-v1-5"))
    assert [prompt for prompt, _ in urgency(history)] == ["a", "x"]
    first, second = history.start(0), history.start(0)
    history.succeed(first, seconds=100)
    history.succeed(second, seconds=1000)
    assert [prompt for prompt, _ in urgency(history)] == ["y", "b"]
    assert set(history.lineage.durations) == {
        ("dmxapi", Kind.EXTEND, "kling-v1-6"),
        ("dmxapi", Kind.EXTEND, "kling-v1-5"),
    }


def test_a_generated_source_counts_its_own_time_and_what_is_below() -> None:
    """Before anything was made, the usual times of the protocol page are what counts."""
    history = grown(Chain("c", generation(), steps("one", "two")))
    assert urgency(history) == [("koi", 319 + 2 * 320)]


def test_as_written_the_first_chain_that_can_go_on_goes_on() -> None:
    """However long the others are: the author wants to see the first film first."""
    short, long = Chain("short", SOURCE, steps("a")), Chain("long", OTHER, steps("x", "y", "z"))
    assert [prompt for prompt, _ in urgency(grown(short, long))] == ["x", "a"]
    assert [prompt for prompt, _ in urgency(grown(short, long, order=AS_WRITTEN))] == ["a", "x"]


@pytest.mark.parametrize(
    ("pick", "below"),
    [
        (Pick.FIRST, [960, 320, 320]),
        (2, [960, 320, 320]),
        (Pick.LONGEST, [960, 960, 960]),
        (Pick.ASK, [960, 960, 960]),
    ],
)
def test_takes_that_the_chain_does_not_wait_for_are_less_urgent(pick: Pick | int, below: list[int]) -> None:
    """The first success is enough to go on, or the take that is picked by its number; a choice needs all."""
    history = grown(Chain("c", SOURCE, (Step("1", "one", takes=3, pick=pick), *steps("two", "three"))))
    submits = history.submits()
    assert [round(submit.level) for submit in submits] == below
    assert submits[0].take_number == (2 if pick == 2 else 1)


def test_another_take_takes_over_when_the_first_one_is_refused() -> None:
    """The chain then waits for the next of them, and for none that runs beside it."""
    history = grown(Chain("c", SOURCE, (Step("1", "one", takes=3), *steps("two"))))
    first = history.start(0)
    assert [round(submit.level) for submit in history.submits()] == [320, 320]
    history.fail(first, Reason.MODERATION)
    assert [round(submit.level) for submit in history.submits()] == [640, 320]
    history.succeed(history.start(0))
    assert [(submit.prompt, round(submit.level)) for submit in history.submits()] == [
        ("two", 320),
        ("one", 320),
    ]


def test_a_rejected_take_leads_nowhere() -> None:
    """What a person does not want is not what the chain waits for."""
    history = grown(Chain("c", SOURCE, (Step("1", "one", takes=2), *steps("two"))))
    first = history.start(0)
    history.succeed(first)
    (submit, other) = history.submits()
    assert (submit.prompt, other.prompt) in {("one", "two"), ("two", "one")}
    history.write(TakeRejected(NOW, "p", "c", first.step, 1))
    assert [round(submit.level) for submit in history.submits()] == [640]


def test_a_take_that_a_chain_grows_out_of_is_as_urgent_as_that_chain() -> None:
    """`take: 2` of a branch makes the second take worth hurrying, as well as the first one."""
    chain = Chain("c", SOURCE, (Step("1", "one", takes=3), *steps("two")))
    history = grown(chain, Chain("b", Branch("c", "1", 2), steps("x", "y", "z")))
    assert [(each.take_number, round(each.level)) for each in history.submits()] == [
        (1, 1280),
        (2, 1280),
        (3, 320),
    ]


def test_no_step_is_more_urgent_than_its_chain_was_said_to_be_at_most() -> None:
    """What a run relies on that submits before it has planned thousands of chains (`runner.unplanned`)."""
    chains = (
        Chain("long", SOURCE, (*steps("a", "b"), Step("fill", "c", repeat=FILL))),
        Chain("made", generation(), steps("x")),
        Chain("off", Branch("long", "1"), steps(*map(str, range(60)))),
    )
    for order in ("fastest", AS_WRITTEN):
        history = grown(*chains, order=order)
        for _ in range(8):
            planner, known = Planner(history.plan), history.lineage
            most = dict(planner.most([chain.name for chain in chains], known))
            submits = history.submits()
            assert submits
            assert all(submit.level <= most[submit.place.chain] for submit in submits)
            history.succeed(history.start(0), seconds=900)


def test_a_chain_that_nothing_was_made_of_is_as_urgent_as_it_can_be() -> None:
    """Else a run would plan all of thousands of new chains before it sends the first request."""
    history = grown(Chain("c", SOURCE, steps("one", "two")), Chain("made", generation(), steps("x")))
    most = dict(Planner(history.plan).most(["c", "made"], history.lineage))
    assert {submit.place.chain: submit.level for submit in history.submits()} == most

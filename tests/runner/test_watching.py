"""Questions on virtual time: on their schedule, brought forward by hints, together where that is cheaper."""

from __future__ import annotations

import statistics
from functools import partial
from itertools import pairwise

import pytest
import trio.testing

from orchestrator.errors import CredentialsError, ProviderError, UnreachableError
from orchestrator.facts import AttemptResolved, TaskFailed, TaskMissed, TaskSucceeded, Verdict
from orchestrator.identity import TakeKey
from orchestrator.plan import Kind
from tests.runner.air import BORN, Air, Provider

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


def many(count: int, first: float = 250.0, step: float = 2.0) -> dict[str, float]:
    """So many tasks, ending one after the other."""
    return {f"t{index}": first + step * index for index in range(count)}


# ---- one task by itself


async def test_a_task_is_asked_for_until_it_ends() -> None:
    """Its end is written once, soon after, and nothing is asked any more."""
    air = await Air(Provider({"a": 320})).run(1000)
    (fact,) = air.facts
    assert isinstance(fact, TaskSucceeded)
    assert 0 <= air.ended["a"] - 320 < 20
    assert air.asked("a")[-1] == air.ended["a"]
    assert air.questions.idle


async def test_the_first_question_counts_from_when_the_task_was_accepted() -> None:
    """However long the fact took to be written: what is known of a task is as old as its answer."""
    late = await Air(Provider({"a": 320}), before=30, older=60).run(1000)
    soon = await Air(Provider({"a": 320})).run(1000)
    assert late.asked("a")[0] + 30 == pytest.approx(soon.asked("a")[0], abs=0.1)


async def test_what_another_run_left_is_asked_at_once() -> None:
    """It may have ended long ago."""
    air = await Air(Provider({"a": 0}), before=60).run(100)
    assert air.asked("a") == [0]


async def test_a_question_that_fails_fails_no_task() -> None:
    """Without an answer it is asked again, less and less often, and the end is found all the same."""
    provider = Provider({"a": 320}, trouble=(900, UnreachableError("no route")))
    air = await Air(provider).run(2000)
    assert isinstance(air.facts[0], TaskSucceeded)
    gaps = [later - earlier for earlier, later in pairwise(air.asked("a"))]
    assert max(gaps) == 60
    assert all("could not ask: no route" in message for message in air.notes.messages)
    assert air.desk.gate.trouble(0) is None, "an answer ends the trouble"


async def test_retry_after_is_heard() -> None:
    """A host that names a time is not asked before it."""
    provider = Provider({"a": 0}, trouble=(100, UnreachableError("busy", retry_after=120)))
    air = await Air(provider, before=60).run(1000)
    assert air.asked("a") == [0, 120]


async def test_an_answer_that_nobody_can_read_is_asked_for_again_after_a_minute() -> None:
    """The gateway may be broken for a while; the task is not."""
    provider = Provider({"a": 0}, trouble=(100, ProviderError("HTML")))
    air = await Air(provider, before=60).run(1000)
    assert air.asked("a") == [0, 60, 120]
    assert isinstance(air.facts[0], TaskSucceeded)


async def test_what_nobody_can_get_past_is_told_and_given_up_until_forgiven() -> None:
    """A wrong key is for the operator: the task is left alone, and asked for again when he has mended it."""
    air = Air(Provider({"a": 0}, trouble=(100, CredentialsError("wrong key"))), before=60)

    def mended() -> None:
        air.questions.forgive()
        air.ask(air.watch("a"))

    await air.run(1000, (50, partial(air.ask, air.watch("a"))), (150, mended))
    assert [str(error) for error in air.errors] == ["wrong key"]
    assert air.asked("a") == [0, 150]
    assert isinstance(air.facts[0], TaskSucceeded)


async def test_a_task_the_provider_does_not_know_is_written_down_once() -> None:
    """It may be known later: it is asked for again, and missing it is news only the first time."""
    air = Air(Provider({"a": 1e9}), before=60)
    del air.provider.ends["a"]
    air.provider.ends["b"] = 0
    watch = air.watch("a")
    air.provider.ends.clear()
    await air.run(900, (1, partial(air.ask, watch)))
    assert [type(fact) for fact in air.facts] == [TaskMissed]
    assert len(air.asked("a")) > 2


async def test_a_failed_task_is_written_as_failed() -> None:
    """How it ended is the fact; what follows is the planner's."""
    air = await Air(Provider({"a": 320}, fails=frozenset("a"))).run(1000)
    assert [type(fact) for fact in air.facts] == [TaskFailed]


async def test_a_task_of_old_age_is_left_to_a_person() -> None:
    """At its time nothing is asked any more, and whoever plans hears that it is over."""
    air = await Air(Provider({"a": 1e9})).run(3000, minutes=30)
    assert air.ended == {"a": 1800}
    assert air.facts == []


async def test_a_task_that_a_person_let_go_is_not_asked_for_any_more() -> None:
    """Even while a question is on its way: what it is answered counts for nothing."""
    air = Air(Provider({"a": 320}, answers_in=10), before=60)
    word = AttemptResolved(BORN, TakeKey("take-a"), 1, Verdict.ABANDONED)

    def let_go() -> None:
        air.put(word)
        air.questions.settle(word.take)

    await air.run(1000, (5, let_go))
    assert (air.asked("a"), air.ended, air.facts) == ([0], {"a": 5}, [])


async def test_a_share_that_is_given_back_is_asked_for_by_others() -> None:
    """Its questions stop, those of other takes go on."""
    air = Air(Provider({"a": 320, "b": 320}))
    await air.run(1000, (200, lambda: air.questions.stop({TakeKey("take-a")})))
    assert max(air.asked("a"), default=0) < 200
    assert [fact.take for fact in air.facts] == [TakeKey("take-b")]  # type: ignore[union-attr]


async def test_shares_that_are_given_back_when_their_look_is_due_leave_nothing_to_look_at() -> None:
    """Between the moment of a look at the list and the look itself, all that it was for may go."""
    air = Air(Provider(many(8, first=0), offers_list=True), before=60)
    everything = {TakeKey(f"take-{task_id}") for task_id in air.provider.ends}

    def give_back() -> None:
        air.questions._ask_what_is_due()
        assert any(lane.looking for lane in air.questions._lanes.values())
        air.questions.stop(everything)

    await air.run(1000, (0, give_back))
    assert air.provider.looked == []
    assert air.facts == []


# ---- hints


async def test_a_hint_brings_only_its_own_task_forward() -> None:
    """One task's end makes one question, not one for every task in the air."""
    air = Air(Provider({"a": 60, "b": 320}))
    await air.run(100, (60, partial(air.hint, "a")))
    assert (air.asked("a"), air.asked("b")) == ([60], [])
    assert air.ended == {"a": 60}


async def test_a_hint_brings_no_question_nearer_to_the_last_one_than_the_floor() -> None:
    """However many come, and whoever sends them: a gateway that refreshes every 15 s is not asked faster."""
    air = Air(Provider({"a": 1e9}, floor=15), before=60)
    hints = tuple((1.0 + each, partial(air.hint, "a")) for each in range(40))
    await air.run(55, *hints)
    assert air.asked("a") == [0, 15, 30, 45]


async def test_a_hint_that_comes_while_a_question_is_asked_is_not_lost() -> None:
    """An answer that was on its way when the task ended is followed by another question soon."""
    air = Air(Provider({"a": 1}, answers_in=2), before=60)
    await air.run(100, (1, partial(air.hint, "a")))
    assert air.asked("a") == [0, 7]
    assert [type(fact) for fact in air.facts] == [TaskSucceeded]


async def test_a_hint_of_a_task_that_is_not_asked_after_yet_is_not_lost() -> None:
    """A notice may be faster than our own writing."""
    air = Air(Provider({"a": 1e9, "b": 3}))
    watch = air.watch("b")
    del air.provider.ends["b"]
    air.provider.ends = {"a": 1e9}

    def known() -> None:
        air.provider.ends["b"] = 3
        air.ask(watch)

    await air.run(100, (4, partial(air.hint, "b")), (5, known))
    assert air.asked("b") == [10]


# ---- many tasks at once


async def test_many_tasks_are_asked_for_by_the_list() -> None:
    """A look at the list in place of thirteen questions for each; no end is noticed later for it."""
    air = await Air(Provider(many(100), offers_list=True)).run(1000)
    assert {task_id for _, task_id in air.provider.asked} <= {"t97", "t98", "t99"}, "few are asked for alone"
    assert len(air.facts) == 100
    assert max(air.delays()) < 20
    assert statistics.fmean(air.delays()) <= 0.025 * 320
    assert len(air.provider.looked) <= 60
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(air.provider.looked)]
    assert min(gaps) >= 6.399


async def test_the_list_is_read_as_far_as_it_is_worth_it() -> None:
    """Ten thousand in the air when a run begins: every page of them is read at once, and no task alone."""
    air = await Air(Provider(many(2000, first=0, step=0), offers_list=True), before=400).run(1)
    assert [(number, size) for _, number, size in air.provider.looked] == [
        (each, 500) for each in (1, 2, 3, 4)
    ]
    assert (len(air.facts), air.provider.asked) == (2000, [])


@pytest.mark.parametrize(("count", "alone"), [(20, True), (300, False)])
async def test_a_list_that_may_be_read_seldom_is_not_waited_for(count: int, alone: bool) -> None:
    """Where tasks are short, the next look is far off; with hundreds it is worth it all the same."""
    air = await Air(Provider(many(count, first=20, step=0.1), offers_list=True), usual=20).run(200)
    assert len(air.facts) == count
    assert bool(air.provider.looked) is not alone


async def test_where_no_list_is_offered_every_task_is_asked_for() -> None:
    """Hardly a gateway has one: it is tried seldom, and the tasks are known as soon as without it."""
    air = await Air(Provider(many(20))).run(1000)
    assert len(air.provider.looked) <= 2
    assert max(air.delays()) < 30
    assert statistics.fmean(air.delays()) <= 0.03 * 320
    assert len(air.facts) == 20


@pytest.mark.parametrize("hidden", [frozenset(many(20)), frozenset({"t3", "t4"})], ids=["all", "some"])
async def test_what_the_list_does_not_show_is_asked_for_by_itself(hidden: frozenset[str]) -> None:
    """A list proves nothing by what it leaves out: no task is lost, failed or forgotten for it."""
    air = await Air(Provider(many(20), offers_list=True, hidden=hidden)).run(1000)
    assert all(isinstance(fact, TaskSucceeded) for fact in air.facts)
    assert len(air.facts) == 20
    assert {task_id for at, task_id in air.provider.asked if at < 270} <= set(hidden)


async def test_a_list_full_of_others_tasks_is_left_alone() -> None:
    """Where pages show none of ours, reading them is work for nothing."""
    air = await Air(Provider(many(20), offers_list=True, newer=10_000)).run(1000)
    assert len(air.provider.looked) <= 2
    assert len(air.facts) == 20


async def test_how_a_task_ended_is_not_taken_from_a_list_that_may_not_know() -> None:
    """A failure may be paid for again, and a video without an id is none: both are asked for alone."""
    provider = Provider(many(20), offers_list=True, fails=frozenset({"t1"}), bare=frozenset({"t2"}))
    air = await Air(provider).run(1000)
    assert {task_id for at, task_id in air.provider.asked if at < 270} == {"t1", "t2"}
    assert sorted(type(fact).__name__ for fact in air.facts) == ["TaskFailed"] + ["TaskSucceeded"] * 19
    assert max(air.delays()) < 20


async def test_a_list_that_lags_keeps_no_task_running_for_ever() -> None:
    """What is late is asked for by itself, whatever the list says of it."""
    air = await Air(Provider(many(20), offers_list=True, stale=True)).run(2000)
    assert len(air.facts) == 20
    assert max(air.ended.values()) < 700


async def test_a_list_that_cannot_be_reached_is_asked_for_again() -> None:
    """The host is away: nobody asks for every task instead, and everything is known once it is back."""
    air = await Air(Provider(many(20), offers_list=True, list_trouble=(400, UnreachableError("away")))).run(
        1000
    )
    assert air.provider.asked == []
    assert 1 < len([each for each in air.provider.looked if each[0] < 400]) < 12
    assert len(air.facts) == 20


async def test_a_list_that_nobody_can_read_is_left_alone() -> None:
    """Every task is asked for by itself then."""
    air = await Air(Provider(many(20), offers_list=True, list_trouble=(400, ProviderError("odd")))).run(1000)
    assert len(air.provider.looked) == 1
    assert len(air.facts) == 20


async def test_a_journal_that_cannot_be_written_ends_the_look() -> None:
    """The error is told once, and what could not be written is not asked for in a circle."""
    air = Air(Provider(many(20), offers_list=True))

    async def record(*facts: object) -> None:
        raise CredentialsError("no journal")

    air.desk.record = record
    await air.run(600)
    assert len(air.errors) >= 1
    assert air.questions.given_up == 20
    assert air.facts == []


async def test_kinds_have_lists_of_their_own() -> None:
    """A page of extensions says nothing of generations: with few of each nothing is asked of a list."""
    air = await Air(Provider(many(3), offers_list=True)).run(1000)
    assert air.provider.looked == []
    assert {watch.attempt.begun.kind for watch in map(air.watch, ("t0", "t1", "t2"))} == {Kind.EXTEND}

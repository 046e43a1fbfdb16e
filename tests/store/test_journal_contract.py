"""What every journal promises, whatever it is kept in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anyio
import pytest

from orchestrator.budget import Allowance
from orchestrator.facts import (
    AttemptBegun,
    Fact,
    Reason,
    Recorded,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
    Verdict,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import Limits
from orchestrator.ports import Beginning, Begun, Intent, Journal, NoSlot, OverBudget, Stale, Taken

from .samples import (
    MINUTE,
    NOW,
    accepted,
    began,
    begin_one,
    begun,
    declined,
    failed,
    kept,
    plan_may,
    resolved,
    succeeded,
    terms,
    unclear,
)

pytestmark = pytest.mark.anyio


async def known(journal: Journal) -> int:
    return len(await journal.read(0))


async def test_what_was_begun_is_read_back(journal: Journal) -> None:
    """An intent that returns Begun is in the journal, field for field."""
    intent = begun(cfg_scale=Decimal("0.50"), prompt="锦鲤", parent_task="t")
    beginning = await begin_one(journal, intent, terms(), 0)
    assert isinstance(beginning, Begun)
    written = beginning.recorded.fact
    assert isinstance(written, AttemptBegun)
    # Where a journal has a clock of its own, its time counts, and what the intent has until it expires.
    assert written.expires - written.at == intent.expires - intent.at
    assert written == replace(intent, at=written.at, expires=written.expires)
    assert await journal.read(0) == (Recorded(1, written),)


async def test_facts_come_back_in_order_with_their_places(journal: Journal) -> None:
    """Positions start at 1, grow without gaps, and reading goes on from any of them."""
    facts: tuple[Fact, ...] = (began(), begun(), accepted(raw='{"code":0}'), succeeded(), kept())
    assert await journal.append(facts[:2]) == (Recorded(1, facts[0]), Recorded(2, facts[1]))
    await journal.append(facts[2:])
    assert [each.fact for each in await journal.read(0)] == list(facts)
    assert [each.position for each in await journal.read(2)] == [3, 4, 5]
    assert await journal.append(()) == ()


PARENT = begun("parent", step=StepKey("above"))
CHILD = begun("child", parent=TakeKey("parent"))


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(declined("child"), id="about the take itself"),
        pytest.param(begun("other", step=CHILD.step), id="another take of its step"),
        pytest.param(kept("parent"), id="about the take it continues"),
        pytest.param(begun("uncle", step=StepKey("above")), id="another take of the step it continues"),
        pytest.param(TakePicked(NOW, "p", "d", StepKey("any"), 2), id="picked in its plan"),
        pytest.param(TakeRejected(NOW, "p", "d", StepKey("any"), 2), id="rejected in its plan"),
        pytest.param(TakeWanted(NOW, "p", "d", StepKey("any"), 2), id="wanted in its plan"),
        pytest.param(StepApproved(NOW, "p", "d", StepKey("any")), id="approved in its plan"),
        pytest.param(declined("far", reason=Reason.PAYMENT), id="the account cannot pay"),
        pytest.param(declined("far", reason=Reason.CREDENTIALS), id="the account's key is refused"),
    ],
)
async def test_an_intent_decided_without_knowing_what_it_hangs_on_is_stale(
    journal: Journal, news: Fact
) -> None:
    """Nothing is begun by a decision that did not know a newer fact which concerns it."""
    await journal.append([PARENT, succeeded("parent"), begun("far"), begun("child"), news])
    assert await begin_one(journal, replace(CHILD, number=2), terms(99), 4) == Stale()


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(began(), id="a run began"),
        pytest.param(accepted("far"), id="about a take of elsewhere"),
        pytest.param(declined("far"), id="the account is busy"),
        pytest.param(begun("more"), id="begun elsewhere"),
        pytest.param(StepApproved(NOW, "q", "c", StepKey("any")), id="a person's word on another plan"),
        pytest.param(declined("foreign", reason=Reason.PAYMENT), id="another account cannot pay"),
    ],
)
async def test_news_of_elsewhere_make_no_intent_stale(journal: Journal, news: Fact) -> None:
    """Many writers work side by side: what does not concern a decision does not hold it up."""
    await journal.append([PARENT, succeeded("parent"), begun("far"), begun("foreign", account="kling"), news])
    assert isinstance(await begin_one(journal, CHILD, terms(99), 4), Begun)


async def test_an_attempt_is_begun_once(journal: Journal) -> None:
    """The same (take, number) is never begun again, even after it ended."""
    await journal.append([begun(), declined()])
    assert await begin_one(journal, begun(), terms(), 2) == Taken()


async def test_a_take_has_one_open_attempt(journal: Journal) -> None:
    """While an attempt may still be running, the same take is not paid for again."""
    await journal.append([begun()])
    assert await begin_one(journal, begun(number=2), terms(), 1) == Taken()
    await journal.append([accepted()])
    assert await begin_one(journal, begun(number=2), terms(), 2) == Taken()
    await journal.append([failed()])
    assert isinstance(await begin_one(journal, begun(number=2), terms(), 3), Begun)


async def test_slots_count_what_is_in_the_air_on_the_account(journal: Journal) -> None:
    """No more attempts of one account are open than it has slots; other accounts do not count."""
    await journal.append([begun("a"), begun("b", account="kling")])
    assert await begin_one(journal, begun("c"), terms(slots=1), 2) == NoSlot()
    assert isinstance(await begin_one(journal, begun("c"), terms(slots=2), 2), Begun)
    await journal.append([succeeded("a"), declined("c")])
    assert isinstance(await begin_one(journal, begun("d"), terms(slots=1), 5), Begun)


async def test_an_unclear_attempt_holds_its_slot_for_a_while(journal: Journal) -> None:
    """An unclear attempt counts as running until its time is over."""
    now = datetime.now(UTC)
    await journal.append([begun("a"), unclear("a", until=now + 10 * MINUTE)])
    assert await begin_one(journal, begun("b", at=now), terms(slots=1), 2) == NoSlot()
    await journal.append([unclear("a", until=now - MINUTE)])
    assert isinstance(await begin_one(journal, begun("b", at=now), terms(slots=1), 3), Begun)


async def test_a_task_found_after_all_holds_its_slot_until_it_ends(journal: Journal) -> None:
    """An unclear attempt that turns out to be a task occupies the account like any other."""
    await journal.append([begun("a"), unclear("a"), accepted("a")])
    later = begun("b", at=NOW + timedelta(days=9))
    assert await begin_one(journal, later, terms(slots=1), 3) == NoSlot()


async def test_a_person_lets_go_of_a_slot(journal: Journal) -> None:
    """After a person's word that nobody waits any more, the slot is free."""
    await journal.append([begun("a"), accepted("a"), resolved("a", verdict=Verdict.ABANDONED)])
    assert isinstance(await begin_one(journal, begun("b"), terms(slots=1), 3), Begun)


async def test_a_clock_that_jumps_changes_no_order(journal: Journal) -> None:
    """Facts keep the order in which they were written, whatever their times say."""
    times = [NOW, NOW - timedelta(days=4000), NOW + timedelta(days=40000), NOW - timedelta(days=1)]
    await journal.append([began(at=at) for at in times])
    assert [each.fact.at for each in await journal.read(0)] == times
    past = begun(at=NOW - timedelta(days=20000))
    assert isinstance(await begin_one(journal, past, terms(slots=1), 4), Begun)
    future = begun("b", at=NOW + timedelta(days=20000))
    assert await begin_one(journal, future, terms(slots=1), 5) == NoSlot()


@pytest.mark.parametrize(
    ("facts", "allowance", "fits"),
    [
        pytest.param((), plan_may(calls=1), True, id="first call"),
        pytest.param((begun(),), plan_may(calls=1), False, id="one call made"),
        pytest.param((begun(), declined()), plan_may(calls=1), True, id="a declined call is none"),
        pytest.param((begun(),), plan_may(units=Decimal(4)), True, id="units just enough"),
        pytest.param((begun(),), plan_may(units=Decimal("3.99")), False, id="units reserved"),
        pytest.param((begun(), succeeded(units="1")), plan_may(units=Decimal(3)), True, id="units billed"),
        pytest.param((begun(), failed()), plan_may(units=Decimal(3)), False, id="no refund known"),
        pytest.param(
            (begun(account="kling"), failed()), plan_may(units=Decimal(2)), True, id="failing is free"
        ),
        pytest.param((begun(),), plan_may(cost=Decimal("3.00")), True, id="cost just enough"),
        pytest.param((begun(),), plan_may(cost=Decimal("2.99")), False, id="cost reserved"),
        pytest.param((begun(cost=None),), plan_may(cost=Decimal(99)), False, id="unknown cost"),
        pytest.param(
            (begun(cost=None), declined()), plan_may(cost=Decimal("1.5")), True, id="unknown but declined"
        ),
        pytest.param((begun(plan="q"),), plan_may(calls=1), True, id="another plan's call"),
        pytest.param((begun(),), Allowance(Limits(calls=1), "p", "c"), False, id="the chain's call"),
        pytest.param((begun(chain="d"),), Allowance(Limits(calls=1), "p", "c"), True, id="another chain's"),
        pytest.param(
            (begun(plan="q"),), Allowance(Limits(calls=1), "p", run="run-1"), False, id="the run's call"
        ),
        pytest.param(
            (begun(run="run-0"),), Allowance(Limits(calls=1), "p", run="run-1"), True, id="an older run's"
        ),
    ],
)
async def test_budgets_are_checked_as_it_is_begun(
    journal: Journal, facts: tuple[Fact, ...], allowance: Allowance, fits: bool
) -> None:
    """No call is begun that an allowance does not cover, and none is refused that it covers."""
    await journal.append(facts)
    beginning = await begin_one(journal, begun("next"), terms(5, plan_may(calls=9), allowance), len(facts))
    assert isinstance(beginning, Begun if fits else OverBudget)
    assert await known(journal) == len(facts) + fits
    if isinstance(beginning, OverBudget):
        assert allowance.name in beginning.because


async def test_of_two_that_begin_at_once_one_is_begun(journal: Journal) -> None:
    """Two tasks that decide on the same knowledge do not both pay."""
    beginnings: list[Beginning] = []

    async def begin(intent: AttemptBegun) -> None:
        beginnings.append(await begin_one(journal, intent, terms(), 0))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(begin, begun())
        tasks.start_soon(begin, begun(place="p:d.1"))
    assert {type(each) for each in beginnings} == {Begun, Stale}
    assert await known(journal) == 1


@pytest.mark.parametrize(
    ("slots", "calls", "last"), [(2, 9, NoSlot), (9, 2, OverBudget)], ids=["slots", "budget"]
)
async def test_intents_of_one_commit_are_judged_in_turn(
    journal: Journal, slots: int, calls: int, last: type[Beginning]
) -> None:
    """Those that are begun count for the ones behind them, as if each had been written by itself."""
    wanted = [Intent(begun(name), terms(slots, plan_may(calls=calls))) for name in "abc"]
    *first, third = await journal.begin(wanted, 0)
    assert all(isinstance(each, Begun) for each in first)
    assert isinstance(third, last)
    written = [each.recorded for each in first if isinstance(each, Begun)]
    assert await journal.read(0) == tuple(written)
    assert [each.position for each in written] == [1, 2]


async def test_one_intent_that_is_refused_keeps_no_other_from_being_written(journal: Journal) -> None:
    """Each has its own answer, in its place."""
    await journal.append([begun("a")])
    wanted = [Intent(begun(name), terms()) for name in "abb"]
    taken, second, again = await journal.begin(wanted, 1)
    assert (taken, again) == (Taken(), Stale())
    assert isinstance(second, Begun)
    assert await known(journal) == 2


async def test_facts_of_many_tasks_stay_together_and_in_order(journal: Journal) -> None:
    """Facts given in one call are neighbours, and each caller gets its own back."""
    answers: dict[str, tuple[Recorded, ...]] = {}

    async def write(take: str) -> None:
        answers[take] = await journal.append([begun(take), accepted(take)])

    async with anyio.create_task_group() as tasks:
        for take in "abcdef":
            tasks.start_soon(write, take)
    for take, recorded in answers.items():
        assert [each.fact for each in recorded] == [begun(take), accepted(take)]
        assert recorded[1].position == recorded[0].position + 1
    assert sorted(each.position for answer in answers.values() for each in answer) == list(range(1, 13))


async def test_a_beginning_knows_what_was_given_before_it(journal: Journal) -> None:
    """Facts handed over earlier count for a beginning, even when their commit is still to come."""
    handing_over = anyio.Event()

    async def append() -> None:
        handing_over.set()
        await journal.append([begun("other")])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(append)
        await handing_over.wait()
        assert await begin_one(journal, begun(), terms(slots=1), 0) == NoSlot()


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param((accepted("x"),), id="accepted"),
        pytest.param((begun(), accepted(number=2)), id="another number"),
        pytest.param((began(), kept("x")), id="file of no video"),
        pytest.param((begun(), begun()), id="begun twice"),
    ],
)
async def test_a_fact_that_cannot_be_is_our_bug_and_leaves_nothing(
    journal: Journal, facts: tuple[Fact, ...]
) -> None:
    """A fact about what never began is refused, with all that came with it, and the journal goes on."""
    with pytest.raises(AssertionError):
        await journal.append(facts)
    assert await known(journal) == 0
    assert isinstance(await begin_one(journal, begun(), terms(), 0), Begun)


async def test_a_bug_of_one_task_loses_no_other_tasks_facts(journal: Journal) -> None:
    """An accepted task is written although somebody else's facts in the same commit are wrong."""
    await journal.append([begun()])

    async def wrong() -> None:
        with pytest.raises(AssertionError):
            await journal.append([accepted("x")])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wrong)
        tasks.start_soon(journal.append, [accepted()])
    assert [each.fact for each in await journal.read(1)] == [accepted()]


async def test_a_cancelled_append_is_written(journal: Journal) -> None:
    """A task id that was read is kept, and its place told, even when the run is being cancelled."""
    answers = [await journal.append([begun()])]
    with anyio.CancelScope() as scope:
        scope.cancel()
        answers.append(await journal.append([accepted()]))
    assert answers[1:] == [(Recorded(2, accepted()),)]
    assert await journal.read(1) == answers[1]


async def test_a_cancelled_beginning_begins_nothing(journal: Journal) -> None:
    """Cancelling before the intent is written leaves no intent without a request."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await begin_one(journal, begun(), terms(), 0)
    assert scope.cancelled_caught
    assert await known(journal) == 0


async def test_own_facts_are_no_news(journal: Journal) -> None:
    """`changed` speaks of other processes only."""
    assert not await journal.changed()
    await journal.append([began()])
    assert not await journal.changed()


async def test_a_broken_answers_text_is_kept_as_it_was(journal: Journal) -> None:
    """Half a surrogate pair, a NUL or a control character in an answer never loses an accepted task."""
    odd = 'half \ud83d, "quoted" \\ud800, NUL \x00, bell \x07, 锦鲤 🐟'
    facts: list[Fact] = [begun(place=odd), replace(accepted(task=odd), raw=odd)]
    await journal.append(facts)
    assert [each.fact for each in await journal.read(0)] == facts


async def test_amounts_add_up_exactly(journal: Journal) -> None:
    """Ten times 0.1 is 1, and not a little less or more."""
    for number in range(10):
        intent = begun(f"take-{number}", cost=Decimal("0.1"), units=None)
        assert isinstance(
            await begin_one(journal, intent, terms(99, plan_may(cost=Decimal(1))), number), Begun
        )
    one_more = begun("more", cost=Decimal("0.01"))
    assert isinstance(
        await begin_one(journal, one_more, terms(99, plan_may(cost=Decimal(1))), 10), OverBudget
    )

"""The planner's table: a history of one take and what is next, row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator.facts import Reason, TakeRetried, Verdict
from orchestrator.plan import Limits, Patience, Prices, ProviderSettings, Step
from orchestrator.planner import Ending, Finish, Hold, Keep, Need, Reconcile, Submit, Wait, Watch
from tests.histories import ACCOUNT, History, generation, plan_of


def adopted(**more: object) -> History:
    """An adopted source that is kept, and one step wanted."""
    history = History(plan_of("one", **more)).adopt()  # type: ignore[arg-type]
    history.keep(history.facts[0].fact.take)  # type: ignore[union-attr]
    return history


def nothing(history: History) -> None: ...


def begun(history: History) -> None:
    history.begin()


def begun_in_an_earlier_run(history: History) -> None:
    history.begin()
    history.again()


def unclear(history: History) -> None:
    history.unclear(history.begin())


def unclear_in_an_earlier_run(history: History) -> None:
    history.unclear(history.begin())
    history.again()


def declined(reason: Reason) -> Callable[[History], None]:
    def did(history: History) -> None:
        history.decline(history.begin(), reason)

    did.__name__ = f"declined_{reason.value}"
    return did


def declined_in_an_earlier_run(reason: Reason) -> Callable[[History], None]:
    def did(history: History) -> None:
        history.decline(history.begin(), reason)
        history.again()

    did.__name__ = f"declined_{reason.value}_in_an_earlier_run"
    return did


def failed(times: int, reason: Reason = Reason.OTHER) -> Callable[[History], None]:
    def did(history: History) -> None:
        for _ in range(times):
            history.fail(history.start(), reason)

    did.__name__ = f"failed_{reason.value}_{times}_times"
    return did


def failed_then_retried(history: History) -> None:
    failed(2)(history)
    history.write(TakeRetried(history.now, history.facts[-1].fact.take))  # type: ignore[union-attr]


def moderated_then_retried(history: History) -> None:
    declined(Reason.MODERATION)(history)
    history.write(TakeRetried(history.now, history.facts[-1].fact.take))  # type: ignore[union-attr]


def never_arrived(history: History) -> None:
    for _ in range(5):
        history.decline(history.begin(), Reason.ABSENT)


def accepted(history: History) -> None:
    history.start()


def accepted_long_ago(history: History) -> None:
    history.start()
    history.later(hours=2)


def accepted_long_ago_by_another_run(history: History) -> None:
    history.start()
    history.later(hours=30)
    history.again()


def unknown_to_the_provider(history: History) -> None:
    history.miss(history.start())
    history.later(hours=25)


def let_go(verdict: Verdict) -> Callable[[History], None]:
    def did(history: History) -> None:
        history.resolve(history.begin(), verdict)

    did.__name__ = f"resolved_{verdict.value}"
    return did


def found_by_a_person(history: History) -> None:
    history.resolve(history.begin(), Verdict.TASK, "task-9")


def accepted_after_all(history: History) -> None:
    attempt = history.begin()
    history.resolve(attempt, Verdict.NOT_SUBMITTED)
    history.accept(attempt)


def succeeded(history: History) -> None:
    history.succeed(history.start())


def succeeded_without_length(history: History) -> None:
    history.succeed(history.start(), gained=None)


def parent_is_old(history: History) -> None:
    history.later(days=29, hours=23, minutes=30)


TABLE: list[tuple[Callable[[History], None], tuple[type, ...], object]] = [
    (nothing, (Submit,), 1),
    (begun, (Reconcile,), None),
    (begun_in_an_earlier_run, (Reconcile,), None),
    (unclear, (Hold,), Need.UNCLEAR),
    (unclear_in_an_earlier_run, (Reconcile,), None),
    (declined(Reason.BUSY), (Submit,), 2),
    (declined(Reason.UNREACHABLE), (Submit,), 2),
    (declined(Reason.UNSENT), (Submit,), 2),
    (declined(Reason.ABSENT), (Submit,), 2),
    (never_arrived, (Finish,), Ending.FAILED),
    (declined(Reason.CREDENTIALS), (Hold,), Need.CREDENTIALS),
    (declined_in_an_earlier_run(Reason.CREDENTIALS), (Submit,), 2),
    (declined(Reason.PAYMENT), (Hold,), Need.PAYMENT),
    (declined_in_an_earlier_run(Reason.PAYMENT), (Submit,), 2),
    (declined(Reason.REFUSED), (Finish,), Ending.REFUSED),
    (declined_in_an_earlier_run(Reason.REFUSED), (Submit,), 2),
    (declined(Reason.MODERATION), (Finish,), Ending.REFUSED),
    (declined_in_an_earlier_run(Reason.MODERATION), (Finish,), Ending.REFUSED),
    (moderated_then_retried, (Submit,), 2),
    (failed(1), (Submit,), 2),
    (failed(2), (Finish,), Ending.FAILED),
    (failed(1, Reason.MODERATION), (Finish,), Ending.REFUSED),
    (failed_then_retried, (Submit,), 3),
    (accepted, (Watch,), None),
    (accepted_long_ago, (Hold,), Need.SUSPENDED),
    (accepted_long_ago_by_another_run, (Watch,), None),
    (unknown_to_the_provider, (Hold,), Need.LOST),
    (let_go(Verdict.NOT_SUBMITTED), (Submit,), 2),
    (let_go(Verdict.ABANDONED), (Submit,), 2),
    (found_by_a_person, (Watch,), None),
    (accepted_after_all, (Watch,), None),
    (succeeded, (Finish,), Ending.DONE),
    (succeeded_without_length, (Finish,), Ending.DONE),
    (parent_is_old, (Finish,), Ending.EXPIRED),
]


@pytest.mark.parametrize(
    ("happened", "kinds", "detail"), TABLE, ids=lambda each: getattr(each, "__name__", "")
)
def test_what_is_next_for_a_take(
    happened: Callable[[History], None], kinds: tuple[type, ...], detail: object
) -> None:
    """Every row of the design's table leads to its action, and to no other."""
    history = adopted()
    happened(history)
    found = history.chain()
    assert tuple(type(action) for action in found) == kinds
    assert all(getattr(action, "because", "") for action in found)
    (action,) = found
    match action:
        case Submit():
            assert action.number == detail
        case Hold():
            assert action.need is detail
        case Finish():
            assert action.ending is detail


def test_a_video_whose_file_is_missing_is_kept_beside_going_on() -> None:
    """A paid result is fetched at once, and the chain does not wait for the download."""
    history = adopted(chain={"until": Decimal(60)})
    history.plan = plan_of("one", "two")
    history.succeed(history.start())
    assert [type(action) for action in history.actions()] == [Keep, Submit]


def test_what_no_plan_wants_any_more_is_still_tended() -> None:
    """An edited plan never orphans a task: it is watched, and its slot counted."""
    history = adopted()
    history.start()
    history.plan = plan_of("something else")
    assert [type(action) for action in history.actions()] == [Watch, Submit]
    assert history.lineage.in_the_air(ACCOUNT, history.now) == 1


def test_other_accounts_are_left_alone() -> None:
    """A run has keys for its own account only, and asks for nothing of another."""
    history = adopted()
    history.start()
    history.plan = plan_of("one", source=generation())
    object.__setattr__(history.plan, "provider", ProviderSettings(account_label="other"))
    assert [type(action) for action in history.actions()] == [Submit]


def test_an_unclear_attempt_gives_its_slot_back_but_not_its_budget() -> None:
    """A lost answer must neither block the account for ever nor be paid for twice."""
    history = adopted(budget=Limits(calls=1))
    attempt = history.begin()
    history.unclear(attempt)
    assert history.lineage.in_the_air(ACCOUNT, history.now) == 1
    history.later(hours=1)
    assert history.lineage.in_the_air(ACCOUNT, history.now) == 0
    history.plan = plan_of("two", budget=Limits(calls=1))
    (hold,) = history.chain()
    assert isinstance(hold, Hold)
    assert hold.need is Need.BUDGET


def test_a_fallback_stands_for_a_refused_prompt() -> None:
    """Moderation moves a take on to its next prompt, and only the last refusal ends it."""
    step = Step(id="1", prompt="war", fallbacks=("peace", "calm"))
    history = adopted()
    history.plan = plan_of(step)
    history.decline(history.begin(), Reason.MODERATION)
    (second,) = history.submits()
    assert (second.prompt, second.number) == ("peace", 1)
    history.fail(history.start(), Reason.MODERATION)
    (third,) = history.submits()
    assert third.prompt == "calm"
    history.decline(history.begin(), Reason.MODERATION)
    (finish,) = history.chain()
    assert isinstance(finish, Finish)
    assert finish.ending is Ending.REFUSED


def test_children_of_a_fallback_hang_from_it() -> None:
    """What a fallback made is the parent of the next step; it is not made again later."""
    step = Step(id="1", prompt="war", fallbacks=("peace",))
    history = adopted()
    history.plan = plan_of(step, "two")
    history.decline(history.begin(), Reason.MODERATION)
    made = history.make()
    (submit,) = history.submits()
    assert submit.parent is not None
    assert submit.parent.take == made.take


def test_an_unknown_length_is_read_from_the_file_first() -> None:
    """A chain never goes on from a length that nobody knows: the cap could be passed."""
    history = adopted()
    history.plan = plan_of("one", "two")
    attempt = history.start()
    history.succeed(attempt, gained=None)
    assert [type(action) for action in history.chain()] == [Wait]
    history.keep(attempt.take, "9.5")
    assert [type(action) for action in history.chain()] == [Submit]


def test_a_source_nobody_knows_the_length_of_is_held() -> None:
    """Without a length from provider, file or plan the author is asked for it, once a run."""
    history = History(plan_of("one")).adopt(None, seen=False)
    (hold,) = history.chain()
    assert isinstance(hold, Hold)
    assert hold.need is Need.LENGTH
    history.later(minutes=1).again()
    assert [type(action).__name__ for action in history.chain()] == ["Adopt"]


def test_prices_and_limits_of_a_run_bar_the_next_call() -> None:
    """A budget holds the chain before the call that would break it, with words for the payer."""
    history = adopted(budget=Limits(cost=Decimal(3)), prices=Prices("CNY", extension=Decimal(2)))
    history.plan = plan_of(
        "one", "two", budget=Limits(cost=Decimal(3)), prices=Prices("CNY", extension=Decimal(2))
    )
    history.make()
    (hold,) = history.chain()
    assert isinstance(hold, Hold)
    assert hold.because == "plan p may spend 3 cost; 2 are spent or reserved, the next call takes 2"
    history.plan = plan_of("one", "two")
    history.run = type(history.run)("run-1", 0, history.now, Limits(calls=1))
    (hold,) = history.chain()
    assert isinstance(hold, Hold)
    assert hold.because == "this run may make 1 calls and has made 1"


def test_patience_adds_up() -> None:
    """An absence is believed only after sending, answering and the grace are over."""
    assert Patience().total == timedelta(seconds=390).total_seconds()

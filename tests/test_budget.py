"""Money: units, ledger entries, sums and the words for what does not fit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.budget import (
    Allowance,
    Entry,
    Ledger,
    Spent,
    Standing,
    allowances,
    entry,
    shortfall,
    units_of,
)
from orchestrator.facts import Reason, Verdict
from orchestrator.plan import Kind, Limits, Prices
from tests.histories import History, plan_of

UNKNOWN = "but what a call costs is not known: "
PRICES = "write what you pay under prices, or limit calls instead"
MODELS = "say model_name and mode of the source, or limit calls instead"


@pytest.mark.parametrize(
    ("kind", "model", "mode", "duration", "units"),
    [
        (Kind.EXTEND, "kling-v1", "std", None, "1"),
        (Kind.EXTEND, "kling-v1-6", None, None, "2"),
        (Kind.EXTEND, "kling-v1-6", "pro", "10", "3.5"),
        (Kind.TEXT, None, None, "10", "2"),
        (Kind.IMAGE, "kling-v1-5", "pro", "5", "3.5"),
        (Kind.EXTEND, None, None, None, None),
        (Kind.TEXT, "kling-v2-1", "std", "5", None),
        (Kind.TEXT, "kling-v1-6", "master", "5", None),
    ],
)
def test_units_follow_the_vendors_list(
    kind: Kind, model: str | None, mode: str | None, duration: str | None, units: str | None
) -> None:
    """A known price is exact, and an unknown one is unknown, never 0."""
    assert units_of(kind, model, mode, duration) == (None if units is None else Decimal(units))


def history(provider: str = "dmxapi") -> History:
    made = History(plan_of("one", "two", prices=Prices("CNY", extension=Decimal("1.5")))).adopt()
    object.__setattr__(made.plan.provider, "name", provider)
    made.facts.clear()
    return made.adopt()


def test_an_attempt_is_reserved_until_it_ends_and_then_spent() -> None:
    """What may have been paid counts from the moment the intent is written."""
    story = history()
    begun = story.begin()
    (take,) = [take for take in story.lineage.takes.values() if take.attempts]
    assert entry(take.attempts[0]).standing is Standing.RESERVED
    story.accept(begun)
    story.succeed(begun, units=Decimal("2.5"))
    each = entry(story.lineage.take(begun.take).attempts[0])
    assert (each.standing, each.units, each.cost, each.billed) == (
        Standing.SPENT, Decimal("2.5"), Decimal("1.5"), True,
    )  # fmt: skip


def test_success_without_a_bill_counts_the_estimate() -> None:
    """Where the provider says no price, the estimate stays, and is not called billed."""
    story = history()
    begun = story.start()
    story.succeed(begun)
    each = entry(story.lineage.take(begun.take).attempts[0])
    assert (each.standing, each.units, each.billed) == (Standing.SPENT, Decimal(2), False)


@pytest.mark.parametrize(
    ("provider", "standing", "units"),
    [("kling", Standing.REFUNDED, 0), ("sandbox", Standing.REFUNDED, 0), ("dmxapi", Standing.UNKNOWN, 2)],
)
def test_failed_tasks_are_free_only_where_that_is_known(
    provider: str, standing: Standing, units: int
) -> None:
    """The vendor charges nothing for a failed task; the gateway's rule is unknown and counts."""
    story = history(provider)
    begun = story.start()
    story.fail(begun)
    each = entry(story.lineage.take(begun.take).attempts[0])
    assert (each.standing, each.units, each.calls) == (standing, Decimal(units), 1)


@pytest.mark.parametrize(
    ("verdict", "standing", "calls"),
    [(Verdict.NOT_SUBMITTED, Standing.DECLINED, 0), (Verdict.ABANDONED, Standing.UNKNOWN, 1)],
)
def test_a_persons_word_settles_the_money(verdict: Verdict, standing: Standing, calls: int) -> None:
    """Not submitted costs nothing; abandoned may have been paid and stays in the budget."""
    story = history()
    begun = story.begin()
    story.resolve(begun, verdict)
    each = entry(story.lineage.take(begun.take).attempts[0])
    assert (each.standing, each.calls) == (standing, calls)


def test_a_declined_attempt_costs_nothing() -> None:
    """What was surely not accepted is given back to the budget at once."""
    story = history()
    begun = story.begin()
    allowance = Allowance(Limits(calls=9), "p")
    assert story.ledger.spent(allowance) == Spent(1, Decimal(2), Decimal("1.5"))
    story.decline(begun, Reason.BUSY)
    assert story.ledger.spent(allowance) == Spent()


def test_sums_are_kept_for_plan_chain_and_run() -> None:
    """Each scope sees its own attempts, and a new word about one replaces the old."""
    story = history()
    story.make()
    book = story.ledger
    for allowance in (
        Allowance(Limits(), "p"),
        Allowance(Limits(), "p", "c"),
        Allowance(Limits(), "p", run=story.run.id),
    ):
        assert book.spent(allowance).calls == 1
    assert book.spent(Allowance(Limits(), "q")) == Spent()
    for each in list(book.entries.values()):
        book.put(each)
    assert book.spent(Allowance(Limits(), "p")).calls == 1


def test_only_limits_that_limit_are_asked() -> None:
    """A plan without budgets asks nothing of the journal."""
    plan = plan_of("one")
    assert allowances(plan, plan.chains[0], "r", Limits()) == ()
    limited = plan_of("one", budget=Limits(calls=1), chain={"budget": Limits(units=Decimal(3))})
    names = [each.name for each in allowances(limited, limited.chains[0], "r", Limits(calls=2))]
    assert names == ["plan p", "chain p:c", "this run"]
    assert [each.name for each in allowances(limited, limited.chains[0])] == ["plan p", "chain p:c"]


@pytest.mark.parametrize(
    ("limits", "spent", "units", "cost", "because"),
    [
        (Limits(calls=2), Spent(1), 1, 1, None),
        (Limits(calls=2), Spent(2), 1, 1, "plan p may make 2 calls and has made 2"),
        (Limits(units=Decimal(4)), Spent(1, Decimal(2)), 2, None, None),
        (
            Limits(units=Decimal(3)), Spent(1, Decimal(2)), 2, None,
            "plan p may spend 3 units; 2 are spent or reserved, the next call takes 2",
        ),
        (
            Limits(cost=Decimal(3)), Spent(), 2, None,
            f"plan p limits cost to 3, {UNKNOWN}{PRICES}",
        ),
        (
            Limits(units=Decimal(3)), Spent(unknown_units=1), 1, None,
            f"plan p limits units to 3, {UNKNOWN}{MODELS}",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_words(
    limits: Limits, spent: Spent, units: int | None, cost: int | None, because: str | None
) -> None:
    """A limit that cannot be kept, or cannot be checked, holds before the call."""
    amounts = [None if each is None else Decimal(each) for each in (units, cost)]
    assert shortfall(Allowance(limits, "p"), spent, *amounts) == because


def test_prices_are_by_kind() -> None:
    """What an extension costs says nothing of what a generation costs."""
    prices = Prices("CNY", extension=Decimal(2), image=Decimal(3))
    assert [prices.of(kind) for kind in Kind] == [Decimal(2), None, Decimal(3)]


def test_currencies_are_never_added_up() -> None:
    """What was paid in yuan and what in dollars are two sums."""
    history = History(plan_of("one", "two")).adopt()
    first = replace(history.begin(), number=2, currency="CNY", cost=Decimal(2))
    history.write(first, replace(first, number=3, currency="USD", cost=Decimal("0.3")))
    sums = history.ledger.by_currency()
    assert (sums["CNY"].cost, sums["USD"].cost, sums[None].calls) == (Decimal(2), Decimal("0.3"), 1)


def test_an_entry_says_whether_it_leaves_more_to_spend() -> None:
    """What a budget holds back is looked at again then, and only then."""
    sums, begun = Ledger(), History(plan_of("one")).adopt().begin()
    reserved = Entry(begun, Standing.RESERVED, 1, Decimal(2), None)
    steps = [
        (reserved, False),
        (replace(reserved, standing=Standing.UNKNOWN), False),
        (replace(reserved, units=Decimal(3)), False),
        (replace(reserved, units=Decimal(1)), True),
        (replace(reserved, units=Decimal(1), cost=Decimal(1)), True),
        (replace(reserved, units=Decimal(1), cost=Decimal(1), calls=0), True),
    ]
    assert [sums.put(each) for each, _ in steps] == [frees for _, frees in steps]

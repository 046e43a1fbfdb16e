"""What forbids an attempt, and its intent where nothing does: one transaction, told step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator.budget import shortfall
from orchestrator.codec import milliseconds
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    Fact,
    Reason,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
)
from orchestrator.lineage import Take
from orchestrator.ports import Beginning, Begun, Intent, NoSlot, OverBudget, Stale, Taken
from orchestrator.store.latest import Latest
from orchestrator.store.recording import Draft, recorded_of
from orchestrator.store.spending import asked_spent, read_spent
from orchestrator.store.statements import Ask, Row, Steps

# Newer facts: the takes they are about, and the steps of these.
_NEWS = """
    SELECT fact.take, attempt.step FROM fact LEFT JOIN attempt ON attempt.take = fact.take
    WHERE fact.position > :expected"""

_WORDS = """
    SELECT fact.position, fact.name, fact.body, attempt.account FROM fact
    LEFT JOIN attempt ON attempt.take = fact.take AND attempt.number = fact.number
    WHERE fact.position > :expected
    AND fact.name IN ('TakePicked', 'TakeRejected', 'TakeWanted', 'StepApproved', 'AttemptDeclined')"""

_STEP = "SELECT min(step) FROM attempt WHERE take = ?"

_IN_THE_AIR = "SELECT count(*) FROM attempt WHERE account = ? AND slot_until > ?"

ALONE = Ask("SELECT 0, 0")
"""Where one process submits, nobody else waits for a slot or sets the pace."""


def _alone(_: Intent) -> Ask:
    return ALONE


def beginnings(
    intents: Sequence[Intent],
    expected: int,
    others: Callable[[Intent], Ask] = _alone,
    latest: Latest | None = None,
) -> Steps[tuple[Beginning, ...]]:
    """Write each intent that nothing forbids, in turn; `latest` is told of those.

    `others` asks how many wait for a slot and go first, and for how many milliseconds the account is closed.
    """
    after = {"expected": expected}
    accounts = {each.attempt.account: milliseconds(each.attempt.at) for each in intents}
    # Counted once: where thousands are in the air, it is what takes the longest here.
    counts = [Ask(_IN_THE_AIR, count) for count in accounts.items()]
    about, words, *rows = yield [Ask(_NEWS, after), Ask(_WORDS, after), *counts]
    news = _News({take for take, _ in about} - {None}, {step for _, step in about} - {None}, words)
    in_the_air = {account: count for account, ((count,),) in zip(accounts, rows, strict=True)}
    found: tuple[Beginning, ...] = ()
    for each in intents:
        outcome = yield from _beginning(each, news, in_the_air[each.attempt.account], others(each), latest)
        if isinstance(outcome, Begun):
            news.takes.add(each.attempt.take)
            news.steps.add(each.attempt.step)
            in_the_air[each.attempt.account] += 1
        found = (*found, outcome)
    return found


@dataclass(frozen=True, slots=True)
class _News:
    """What the decisions did not know: takes that newer facts are about, their steps, rows of `_WORDS`."""

    takes: set[str]
    steps: set[str]
    words: Sequence[Row]

    def concern(self, attempt: AttemptBegun, parents_step: str | None) -> bool:
        """Its step's takes, the step that it continues, a person's word on its plan, or its whole account."""
        if attempt.take in self.takes or attempt.parent in self.takes or attempt.step in self.steps:
            return True
        if parents_step in self.steps:
            return True
        facts = recorded_of(row[:3] for row in self.words)
        return any(_concerns(attempt, each.fact, row[3]) for each, row in zip(facts, self.words, strict=True))


def _beginning(
    intent: Intent, news: _News, in_the_air: int, others: Ask, latest: Latest | None
) -> Steps[Beginning]:
    attempt, terms = intent.attempt, intent.terms
    draft = Draft((attempt,), {})
    questions = [
        Ask(_STEP, (attempt.parent,)),
        others,
        *(asked_spent(allowance.scope) for allowance in terms.allowances),
    ]
    answers = yield [*questions, *draft.asks]
    draft.answered(answers[len(questions) :])
    (((parents_step,),), *counts) = answers[: len(questions)]
    if news.concern(attempt, parents_step):
        return Stale()
    refusal = _refusal(intent, in_the_air, counts, draft.take(attempt.take))
    if refusal is not None:
        return refusal
    outcome = draft.take_in((attempt,))
    assert not isinstance(outcome, AssertionError), outcome
    yield from draft.writing(latest)
    return Begun(outcome[0])


def _refusal(
    intent: Intent, in_the_air: int, counts: Sequence[list[Row]], take: Take
) -> Taken | NoSlot | OverBudget | None:
    attempt, terms = intent.attempt, intent.terms
    (((ahead, closed),), *sums) = counts
    if take.open or any(each.begun.number == attempt.number for each in take.attempts):
        return Taken()
    if in_the_air + ahead >= terms.slots:
        return NoSlot()
    if closed > 0:
        return NoSlot(closed / 1000)
    for allowance, rows in zip(terms.allowances, sums, strict=True):
        because = shortfall(allowance, read_spent(rows), attempt.units, attempt.cost)
        if because is not None:
            return OverBudget(because)
    return None


def _concerns(attempt: AttemptBegun, fact: Fact, account: str | None) -> bool:
    """A person's word on its plan, or news that stops its whole account."""
    match fact:
        case (
            TakePicked(plan=plan) | TakeRejected(plan=plan) | TakeWanted(plan=plan) | StepApproved(plan=plan)
        ):
            return plan == attempt.plan
        case AttemptDeclined(reason=Reason.CREDENTIALS | Reason.PAYMENT):
            return account == attempt.account
    return False

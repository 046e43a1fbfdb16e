"""What forbids an attempt, and its intent where nothing does: one transaction, told step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
from orchestrator.ports import Beginning, Begun, Intent, NoSlot, OverBudget, Stale, Taken, Terms
from orchestrator.store.recording import Draft, recorded_of
from orchestrator.store.spending import asked_spent, read_spent
from orchestrator.store.statements import Ask, Row, Steps

# Newer facts about the takes of its own step, and of the step that it continues.
_NEAR = """
    SELECT count(*) FROM fact WHERE position > :expected AND (
        take = :take OR take = :parent OR EXISTS (
            SELECT 1 FROM attempt WHERE attempt.take = fact.take AND (
                step = :step OR step = (SELECT min(step) FROM attempt WHERE take = :parent)
            )
        )
    )"""

_FAR = """
    SELECT position, name, body FROM fact WHERE position > :expected AND (
        name IN ('TakePicked', 'TakeRejected', 'TakeWanted', 'StepApproved')
        OR name = 'AttemptDeclined' AND EXISTS (
            SELECT 1 FROM attempt WHERE attempt.take = fact.take AND account = :account
        )
    )"""

_IN_THE_AIR = "SELECT count(*) FROM attempt WHERE account = ? AND slot_until > ?"

ALONE = Ask("SELECT 0, 0")
"""Where one process submits, nobody else waits for a slot or sets the pace."""


def beginnings(intents: Sequence[Intent], expected: int) -> Steps[tuple[Beginning, ...]]:
    """Write each intent that nothing forbids, in turn."""
    found: tuple[Beginning, ...] = ()
    for each in intents:
        found = (*found, (yield from beginning(each, expected)))
    return found


def beginning(intent: Intent, expected: int, others: Ask = ALONE) -> Steps[Beginning]:
    """Write the intent if nothing forbids it.

    `others` asks how many wait for a slot and go first, and for how many milliseconds the account is closed.
    """
    attempt, terms = intent.attempt, intent.terms
    draft = Draft((attempt,))
    questions = [
        *_asked_news(attempt, expected),
        Ask(_IN_THE_AIR, (attempt.account, milliseconds(attempt.at))),
        others,
        *(asked_spent(allowance.scope) for allowance in terms.allowances),
    ]
    answers = yield [*questions, *draft.asks]
    draft.answered(answers[len(questions) :])
    refusal = _refusal(attempt, terms, answers[: len(questions)], draft.take(attempt.take))
    if refusal is not None:
        return refusal
    outcome = draft.take_in((attempt,))
    assert not isinstance(outcome, AssertionError), outcome
    yield from draft.writing()
    return Begun(outcome[0])


def _refusal(
    attempt: AttemptBegun, terms: Terms, answers: Sequence[list[Row]], take: Take
) -> Stale | Taken | NoSlot | OverBudget | None:
    (((near,),), far, ((in_the_air,),), ((ahead, closed),), *sums) = answers
    if near or _concern(attempt, (each.fact for each in recorded_of(far))):
        return Stale()
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


def _asked_news(attempt: AttemptBegun, expected: int) -> tuple[Ask, Ask]:
    near = {"take": attempt.take, "parent": attempt.parent, "step": attempt.step}
    return Ask(_NEAR, {"expected": expected, **near}), Ask(
        _FAR, {"expected": expected, "account": attempt.account}
    )


def _concern(attempt: AttemptBegun, facts: Iterable[Fact]) -> bool:
    """A person's word on its plan, or news that stops its whole account."""
    for fact in facts:
        match fact:
            case (
                TakePicked(plan=plan)
                | TakeRejected(plan=plan)
                | TakeWanted(plan=plan)
                | StepApproved(plan=plan)
            ):
                if plan == attempt.plan:
                    return True
            case AttemptDeclined(reason=Reason.CREDENTIALS | Reason.PAYMENT):
                return True
    return False

"""A journal in memory: the contract in its plainest form, for virtual time and as the model of the other."""

from __future__ import annotations

from collections.abc import Sequence

import anyio.lowlevel

from orchestrator.budget import entry, ledger, shortfall
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    ChainStopped,
    DriftMeasured,
    Fact,
    Reason,
    Recorded,
    RunBegan,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeWanted,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Take, take_after
from orchestrator.ports import Beginning, Begun, Intent, NoSlot, OverBudget, Stale, Taken, Terms


class MemoryJournal:
    """Facts in a list; every question is answered by the lineage and the ledger themselves."""

    def __init__(self, identity: str = "memory", facts: Sequence[Recorded] = ()) -> None:
        self.facts = list(facts)
        self.lineage = Lineage(facts)
        self.ledger = ledger(self.lineage)
        self._id = identity

    @property
    def id(self) -> str:
        return self._id

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        await anyio.lowlevel.checkpoint_if_cancelled()
        return tuple(self._begin(each.attempt, each.terms, expected) for each in intents)

    def _begin(self, attempt: AttemptBegun, terms: Terms, expected: int) -> Beginning:
        take = self.lineage.take(attempt.take)
        if any(self._concerns(each.fact, attempt) for each in self.facts[expected:]):
            return Stale()
        if take.open or any(each.begun.number == attempt.number for each in take.attempts):
            return Taken()
        if self.lineage.in_the_air(attempt.account, attempt.at) >= terms.slots:
            return NoSlot()
        for allowance in terms.allowances:
            because = shortfall(allowance, self.ledger.spent(allowance), attempt.units, attempt.cost)
            if because is not None:
                return OverBudget(because)
        return Begun(self._write((attempt,))[0])

    async def stand_by(self, account: str, level: float) -> None:
        """Nobody else submits here."""

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        recorded = self._write(facts)
        with anyio.CancelScope(shield=True):
            await anyio.lowlevel.checkpoint()
        return recorded

    async def read(self, after: int) -> tuple[Recorded, ...]:
        return tuple(self.facts[after:])

    async def changed(self) -> bool:
        return False

    def _concerns(self, fact: Fact, attempt: AttemptBegun) -> bool:
        match fact:
            case RunBegan() | ChainStopped():
                return False
            case TakePicked() | TakeRejected() | TakeWanted() | StepApproved():
                return fact.plan == attempt.plan
        take, parent = self.lineage.take(fact.take), self.lineage.take(attempt.parent or TakeKey(""))
        account = any(each.begun.account == attempt.account for each in take.attempts)
        if (
            account
            and isinstance(fact, AttemptDeclined)
            and fact.reason in (Reason.CREDENTIALS, Reason.PAYMENT)
        ):
            return True
        steps = {attempt.step} | ({parent.step} if parent.step else set())
        return fact.take in (attempt.take, attempt.parent) or take.step in steps

    def _write(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        first = len(self.facts) + 1
        recorded = tuple(Recorded(first + index, fact) for index, fact in enumerate(facts))
        self._try(recorded)
        for each in recorded:
            self.facts.append(each)
            self.lineage.apply(each)
            for attempt in self.lineage.take(getattr(each.fact, "take", TakeKey(""))).attempts:
                self.ledger.put(entry(attempt))
        return recorded

    def _try(self, recorded: Sequence[Recorded]) -> None:
        """Nothing is written unless all of it can be."""
        takes: dict[TakeKey, Take] = {}
        for each in recorded:
            match each.fact:
                case (
                    RunBegan()
                    | ChainStopped()
                    | DriftMeasured()
                    | TakePicked()
                    | TakeRejected()
                    | TakeWanted()
                    | StepApproved()
                ):
                    continue
                case fact:
                    take = takes.get(fact.take) or self.lineage.take(fact.take)
            if isinstance(fact, AttemptBegun):
                assert all(attempt.begun.number != fact.number for attempt in take.attempts)
            takes[fact.take] = take_after(take, each.position, fact)

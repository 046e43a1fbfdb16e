"""The facts in order, as a run needs them: compare, and append."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.budget import Allowance
from orchestrator.facts import AttemptBegun, Fact, Recorded


@dataclass(frozen=True, slots=True)
class Terms:
    """What must hold in the very transaction that begins an attempt.

    At most `slots` attempts of the account in the air, this one included; each allowance kept.
    `level` is the longest remaining expected time in seconds: who goes first where several writers
    share an account.
    """

    slots: int
    level: float = 0
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """An attempt that is to be begun, on these terms."""

    attempt: AttemptBegun
    terms: Terms


@dataclass(frozen=True, slots=True)
class Begun:
    """The fact is durable; the request may leave."""

    recorded: Recorded


@dataclass(frozen=True, slots=True)
class NoSlot:
    """No slot for now: as many attempts as allowed are in the air, or others who wait have more below.

    `pause`: or the provider refused another writer for haste; that many seconds asking again is useless.
    """

    pause: float = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """That attempt (take key, number) exists already."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """One of the allowances does not cover it."""

    because: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The journal holds facts that the decision did not know and hangs on; read them and plan again."""


Beginning = Begun | NoSlot | Taken | OverBudget | Stale


class Journal(Protocol):
    """The facts in order; append-only; every method raises only `StateError`s."""

    @property
    def id(self) -> str:
        """What tells this journal from every other; made once, with it."""
        ...

    async def begin(self, intents: Sequence[Intent], expected: int) -> tuple[Beginning, ...]:
        """Write each intent that nothing forbids, all in one transaction; durable before it returns.

        They are judged in turn, each after those before it: slots, sums and uniqueness are counted as they
        are by then. `expected` is the last position the decisions knew. One is `Stale` when facts beyond it
        concern it: those of its step's takes and of the step that it continues, a person's word on its
        plan, and credentials or payment declined on its account. Other writers' other facts are none of
        its business.
        """
        ...

    async def stand_by(self, account: str, level: float) -> None:
        """Something of that level waits here for a slot: the next one is left to it by writers with less.

        Forgotten after a few seconds unless said again; cheap, and nothing where one process submits.
        """
        ...

    async def append(self, facts: Sequence[Fact]) -> tuple[Recorded, ...]:
        """Write facts, durable and all together before it returns, with their places."""
        ...

    async def read(self, after: int) -> tuple[Recorded, ...]:
        """The facts beyond a position, in order."""
        ...

    async def changed(self) -> bool:
        """Whether another process may have written since this was last asked; cheap."""
        ...

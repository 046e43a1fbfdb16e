"""Limits, prices, and how a provider, files and people are dealt with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from orchestrator.plan.steps import Kind


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent; `None` is no limit. Calls are POSTs that may be paid."""

    calls: int | None = None
    units: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What the author pays per call, by kind of task; an absent price is unknown, never 0."""

    currency: str | None = None
    extension: Decimal | None = None
    text: Decimal | None = None
    image: Decimal | None = None

    def of(self, kind: Kind) -> Decimal | None:
        """The price of one call of this kind, in `currency`, or None when it is unknown."""
        return {Kind.EXTEND: self.extension, Kind.TEXT: self.text, Kind.IMAGE: self.image}[kind]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an intent lives, in seconds: sent within `send`, answered within `answer`.

    Whoever reconciles waits both and `grace` on top before believing "not there".
    """

    send: float = 30
    answer: float = 60
    grace: float = 300

    @property
    def total(self) -> float:
        """Seconds after which an absent task can be believed to be absent."""
        return self.send + self.answer + self.grace


@dataclass(frozen=True, slots=True)
class Downloads:
    """How films are fetched: so many at once, and at most so many MB (10^6 bytes) a second together."""

    parallel: int = 4
    rate: Decimal | None = None

    @classmethod
    def tightest(cls, those: Iterable[Downloads]) -> Downloads:
        """What suits all of several plans that are run together."""
        each = tuple(those) or (cls(),)
        rates = [one.rate for one in each if one.rate is not None]
        return cls(min(one.parallel for one in each), min(rates, default=None))


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Which provider, under which account, and how it is asked.

    `external_task_id` and `exclusive` are promises about the provider and the person; see §7.
    """

    name: Literal["dmxapi", "kling", "sandbox"] = "dmxapi"
    account_label: str | None = None
    base_url: str | None = None
    concurrency: int = 5
    external_task_id: Literal["always", "never"] = "never"
    exclusive: bool = False
    patience: Patience = Patience()
    speed: float = 1

    @property
    def account(self) -> str:
        """Provider kind and optional label: what slots, pace and source keys belong to."""
        return self.name if self.account_label is None else f"{self.name}/{self.account_label}"


class Occasion(StrEnum):
    """When somebody who does not look on is told."""

    FINISHED = "finished"
    DECISION = "decision"
    BUDGET = "budget"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True)
class Notify:
    """What is run, as a program and its arguments, and what is posted to, on which occasions.

    Nothing of it is done before the person who runs the plan has agreed to it.
    """

    command: tuple[str, ...] = ()
    url: str | None = None
    on: tuple[Occasion, ...] = tuple(Occasion)

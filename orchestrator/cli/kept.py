"""A plan as its newest run had it: read without its file, and walked chain by chain."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.resolved import Kept

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orchestrator.facts import RunBegan
    from orchestrator.plan import Plan, ProviderSettings
    from orchestrator.planner import Planner

_OF_ANOTHER_VERSION = (LookupError, TypeError, ValueError, ArithmeticError)
"""What reading it raises where another version wrote it, with words that this one does not know."""


class KeptPlan:
    """Only those chains are made that somebody asks for, and what grows out of one another with them."""

    def __init__(self, began: RunBegan) -> None:
        """PlanError where its text no longer holds."""
        self.name, self.digest = began.plan, began.digest
        self._began = began
        self._kept = _kept(began)
        self._bare = self._plan(())
        self._planners: dict[str, Planner] = {}

    @property
    def grows(self) -> Mapping[str, str | None]:
        """For each chain, in the order written, which other it grows out of, if any."""
        return self._kept.grows

    @property
    def provider(self) -> ProviderSettings:
        """Who makes its videos."""
        return self._bare.provider

    @property
    def archive(self) -> str | None:
        """Where it wants its films sent to."""
        return self._bare.archive

    @property
    def whole(self) -> Plan:
        """All of it."""
        return self._plan(None)

    def planner(self, chain: str) -> Planner:
        """What walks this chain: PlanError where its text no longer holds."""
        from orchestrator.planner import Planner

        if chain not in self._planners:
            family = self._kept.family(chain)
            self._planners |= dict.fromkeys(family, Planner(self._plan(family)))
        return self._planners[chain]

    def _plan(self, chains: Collection[str] | None) -> Plan:
        with suppress(*_OF_ANOTHER_VERSION):
            return replace(self._kept.plan(chains), text=self._began.text)
        self._kept = Kept.of(_read(self._began))
        return self._kept.plan(chains)


def parsed(began: RunBegan) -> Plan:
    """The plan as it was when its newest run began: PlanError where its text no longer holds."""
    return KeptPlan(began).whole


def _kept(began: RunBegan) -> Kept:
    if began.resolved is not None:
        with suppress(*_OF_ANOTHER_VERSION):
            return Kept.read(began.resolved, began.path)
    return Kept.of(_read(began))


def _read(began: RunBegan) -> Plan:
    from orchestrator.planfile import parse

    return parse(began.text.encode(), began.path or f"{began.plan}.yaml")

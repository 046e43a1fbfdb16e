"""What one process works on at a time: chains of a plan that hang together, under the run that wants them."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.identity import TakeKey
from orchestrator.plan import Plan
from orchestrator.planner import Run
from orchestrator.runner.outside import ChainName


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """These chains of a plan, and `strays`: takes that no chain of today's plans looks at, to be tended."""

    plan: Plan
    chains: tuple[str, ...]
    run: Run
    strays: frozenset[TakeKey] = frozenset()

    @property
    def names(self) -> tuple[ChainName, ...]:
        """Its chains, with their plan."""
        return tuple((self.plan.name, chain) for chain in self.chains)


def whole(plan: Plan, run: Run) -> Share:
    """All chains of a plan."""
    return Share(plan, tuple(chain.name for chain in plan.chains), run)

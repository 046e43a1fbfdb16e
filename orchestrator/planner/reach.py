"""How far a run goes: only some chains, no further than a step, at most so many steps more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.errors import PlanError
from orchestrator.plan import Branch, Chain, Plan


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run makes of what its plans want; without limits, all of it. What exists is never out of reach.

    `ends` tells by plan and chain the last step that is made, counted from 0, -1 being the source; chains
    that are not in it are left alone. `steps` is how many steps more a chain is given at most.
    """

    ends: Mapping[tuple[str, str], int] | None = None
    steps: int | None = None

    def bar(self, plan: str, chain: Chain, index: int, more: int) -> str | None:
        """Why a step is not begun in this run, which has made `more` steps of its chain; None when it is."""
        if self.ends is not None:
            end = self.ends.get((plan, chain.name))
            if end is None:
                return "this run leaves it alone: it works on other chains only"
            if index > end:
                last = chain.steps[end].id if end >= 0 else "its source"
                return f"this run goes no further than {last}"
        if self.steps is not None and more >= self.steps:
            return f"this run makes {self.steps} further step{'' if self.steps == 1 else 's'} at most"
        return None


EVERYTHING = Reach()
"""Nothing is out of reach."""


def reach_of(
    plans: Sequence[Plan], only: Sequence[str] = (), through: Sequence[str] = (), steps: int | None = None
) -> Reach:
    """The reach that a person asks for: these chains, and those as far as a step (`chain.step`).

    What they grow out of is made too, as far as it is needed. PlanError for what the plans do not have.
    """
    if not only and not through:
        return Reach(None, steps)
    ends: dict[tuple[str, str], int] = {}
    for text in only:
        for plan, chain in _chains(text, plans):
            ends[plan.name, chain.name] = len(chain.steps) - 1
    for text in through:
        name, _, step = text.rpartition(".")
        for plan, chain in _chains(name or text, plans):
            ends[plan.name, chain.name] = _index(text, chain, step)
    asked = frozenset(ends)
    for plan in plans:
        for chain in plan.chains:
            if (plan.name, chain.name) in asked:
                _include_sources(ends, asked, plan, chain)
    return Reach(ends, steps)


def _include_sources(
    ends: dict[tuple[str, str], int], asked: frozenset[tuple[str, str]], plan: Plan, chain: Chain
) -> None:
    while isinstance(chain.source, Branch):
        source, chain = chain.source, plan.chain(chain.source.chain)
        name = plan.name, chain.name
        if name in asked:
            return  # a person's own word on it counts
        end = len(chain.steps) - 1 if source.step is None else chain.index(source.step)
        assert end is not None, "a branch grows out of a step that is there"
        ends[name] = max(end, ends.get(name, -1))


def _chains(text: str, plans: Sequence[Plan]) -> list[tuple[Plan, Chain]]:
    wanted, _, name = text.rpartition(":")
    found = [
        (plan, chain)
        for plan in plans
        for chain in plan.chains
        if chain.name == name and wanted in ("", plan.name)
    ]
    if not found:
        names = ", ".join(chain.name for plan in plans for chain in plan.chains)
        raise PlanError(f"there is no chain {text}; there are: {names}")
    return found


def _index(text: str, chain: Chain, step: str) -> int:
    index = chain.index(step) if step else None
    if index is None:
        names = ", ".join(each.id for each in chain.steps)
        raise PlanError(f"{text} is no step; write {chain.name}.STEP with one of: {names}")
    return index

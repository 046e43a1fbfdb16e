"""Which chains of a plan can come to a take at all: told by what they begin with, before any is walked."""

from __future__ import annotations

from collections.abc import Set

from orchestrator.identity import TakeKey, existing_key, generation_key, take_key
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Chain, Existing, Grown, Plan
from orchestrator.planner.picking import wanted_takes


def chains_from(plan: Plan, lineage: Lineage, roots: Set[TakeKey]) -> tuple[str, ...]:
    """The chains whose line begins with one of these roots, in the order written."""
    chains = {chain.name: chain for chain in plan.chains}
    return tuple(
        name for name, chain in chains.items() if _begins(plan, _first(chain, chains), lineage, roots)
    )


def _first(chain: Chain, chains: dict[str, Chain]) -> Chain:
    """The chain that this one's branches lead back to."""
    while isinstance(chain.source, Branch):
        chain = chains[chain.source.chain]
    return chain


def _begins(plan: Plan, chain: Chain, lineage: Lineage, roots: Set[TakeKey]) -> bool:
    account, source = plan.provider.account, chain.source
    assert not isinstance(source, Branch), "a chain that begins a line is no branch"
    if isinstance(source, Existing):
        return existing_key(account, source) in roots
    if isinstance(source, Grown):
        return lineage.root(TakeKey(source.node)) in roots
    wish = plan.name, chain.name, generation_key(account, source, source.step.prompt)
    numbers = range(1, wanted_takes(source.step, lineage, wish) + 1)
    steps = [generation_key(account, source, prompt) for prompt in source.step.prompts]
    return any(take_key(step, number) in roots for step in steps for number in numbers)

"""Which chains of a plan can come to a take at all: told by what they begin with, before any is walked."""

from __future__ import annotations

from collections.abc import Iterable, Set

from orchestrator.identity import TakeKey, existing_key, generation_key
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Chain, Existing, Grown, Plan


def origins(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Chain by chain, in the order written: the keys of the takes or steps that it can begin with.

    A branch begins with what the chain does that it leads back to.
    """
    chains = {chain.name: chain for chain in plan.chains}
    return {name: _begins(plan, _first(chain, chains)) for name, chain in chains.items()}


def signs(lineage: Lineage, keys: Iterable[TakeKey]) -> frozenset[str]:
    """What an origin is known by in the lines of these takes: every take of a line, and its first step."""
    found: set[str] = set()
    for key in keys:
        step: TakeKey | None = key
        while step is not None and step not in found:
            found.add(step)
            take = lineage.take(step)
            if take.parent is None and take.step is not None:
                found.add(take.step)
            step = take.parent
    return frozenset(found)


def chains_from(plan: Plan, known_by: Set[str]) -> tuple[str, ...]:
    """The chains that begin with anything known by these signs, in the order written."""
    return tuple(name for name, begins in origins(plan).items() if not known_by.isdisjoint(begins))


def _first(chain: Chain, chains: dict[str, Chain]) -> Chain:
    """The chain that this one's branches lead back to."""
    while isinstance(chain.source, Branch):
        chain = chains[chain.source.chain]
    return chain


def _begins(plan: Plan, chain: Chain) -> tuple[str, ...]:
    account, source = plan.provider.account, chain.source
    assert not isinstance(source, Branch), "a chain that begins a line is no branch"
    if isinstance(source, Existing):
        return (existing_key(account, source),)
    if isinstance(source, Grown):
        return (source.node,)
    return tuple(generation_key(account, source, prompt) for prompt in source.step.prompts)

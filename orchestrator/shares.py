"""Which chains of a plan hang together: those that share a take, so that one process should work on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from orchestrator.identity import TakeKey, existing_key, generation_key, step_key
from orchestrator.plan import Branch, Chain, Existing, Generation, Grown, Kind, Plan


def connected(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """The names of the chains, together where one grows out of another or both begin with the same step.

    As written, each chain once. Chains of one existing video whose first steps differ share nothing that
    is paid for, and stand apart.
    """
    root: dict[str, str] = {chain.name: chain.name for chain in plan.chains}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    begun: dict[object, str] = {}
    for chain in plan.chains:
        for tie in _ties(plan, chain):
            other = begun.setdefault(tie, chain.name)
            root[find(chain.name)] = find(other)
    found: dict[str, list[str]] = {}
    for chain in plan.chains:
        found.setdefault(find(chain.name), []).append(chain.name)
    return tuple(tuple(names) for names in found.values())


def _ties(plan: Plan, chain: Chain) -> Iterator[object]:
    """What the chain has in common with others that name the same."""
    yield chain.name
    account = plan.provider.account
    match chain.source:
        case Branch(chain=other):
            yield other
        case Generation() as source:
            yield from (generation_key(account, source, prompt) for prompt in source.step.prompts)
        case Existing() as source:
            yield from _first(existing_key(account, source), chain)
        case Grown(node=node):
            yield from _first(TakeKey(node), chain)
        case source:
            assert_never(source)


def _first(parent: TakeKey, chain: Chain) -> Iterator[object]:
    for step in chain.steps[:1]:
        yield from (step_key(parent, Kind.EXTEND, step, prompt) for prompt in step.prompts)

"""Who goes first: the longest remaining expected time to any leaf below a step (T. C. Hu, 1961)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from orchestrator.plan import CAP, FILL, LONGEST, SHORTEST, Branch, Chain, Plan

_USUAL_GAIN = (SHORTEST + LONGEST) / 2


class Level(NamedTuple):
    """Expected seconds of the longest line from a step on, the step included, and of the step alone."""

    line: float
    alone: float


def branches(plan: Plan) -> Mapping[str, tuple[Chain, ...]]:
    """The chains that grow out of each chain, by its name."""
    found: dict[str, tuple[Chain, ...]] = {}
    for chain in plan.chains:
        if isinstance(chain.source, Branch):
            found[chain.source.chain] = (*found.get(chain.source.chain, ()), chain)
    return found


def named_takes(plan: Plan) -> frozenset[tuple[str, str | None, int]]:
    """Chain, step and number of every take that a chain grows out of by its number."""
    sources = [chain.source for chain in plan.chains]
    return frozenset(
        (each.chain, each.step, each.take)
        for each in sources
        if isinstance(each, Branch) and each.take is not None
    )


def level(
    below: Mapping[str, Sequence[Chain]], chain: Chain, index: int, repeat: int, length: Decimal
) -> int:
    """How many extensions the longest line has from this step on, the step itself included.

    `index` counts the chain's steps from 0, `repeat` from 1; `length` is the running length in
    seconds before the step.
    """
    own = _remaining(chain, len(chain.steps), index, repeat, length)
    deepest = own
    for branch in below.get(chain.name, ()):
        at = _branching(chain, branch)
        if at < index:
            continue
        depth = min(_remaining(chain, at + 1, index, repeat, length), own)
        start = length + depth * _USUAL_GAIN
        deepest = max(deepest, depth + level(below, branch, 0, 1, start))
    return deepest


def _branching(chain: Chain, branch: Chain) -> int:
    assert isinstance(branch.source, Branch)
    index = None if branch.source.step is None else chain.index(branch.source.step)
    return len(chain.steps) - 1 if index is None else index


def _remaining(chain: Chain, stop: int, index: int, repeat: int, length: Decimal) -> int:
    bound = chain.goal if chain.by_frame else min(chain.goal, CAP)
    room = math.inf if bound.is_infinite() else max(0, math.ceil((bound - length) / _USUAL_GAIN))
    total: float = 0
    for position in range(index, stop):
        wanted = chain.steps[position].repeat
        if wanted == FILL:
            return int(room)
        total += int(wanted) - (repeat - 1 if position == index else 0)
    return int(min(total, room))

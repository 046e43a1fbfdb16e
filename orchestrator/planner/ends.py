"""Where a chain that is walked on ends by its length, and how long its film is there."""

from __future__ import annotations

from decimal import Decimal

from orchestrator.plan import CAP, LONGEST, Chain, Step
from orchestrator.planner.foreseen import Fate, Range
from orchestrator.planner.fronts import Front
from orchestrator.planner.lines import UNKNOWN
from orchestrator.planner.views import ChainView


def ended_by_length(front: Front, chain: Chain, step: Step) -> tuple[Fate, str] | None:
    """Why not even the longest possible line gets as far as one more of this step."""
    if front.possible(chain, step):
        return None
    if front.lines[0].reached(chain):
        return Fate.LEFT, f"not needed: {chain.goal} s are reached before"
    return Fate.LEFT, f"left over by the cap of {CAP} s"


def final_length(view: ChainView, start: Front | None, front: Front | None) -> Range[Decimal] | None:
    """The length at the end; a stop bounds it better than the sum of gains does."""
    now, chain = view.length, view.chain
    if front is None or (view.tip is not None and front.key == view.tip.take):
        return None if now is None else Range(now, now)
    if start is None or start.length == Range(*UNKNOWN):
        return None
    (least, most), goal = front.lines, chain.goal
    low, high = least.film, most.film
    if not chain.steps:
        return Range(low, high)
    last = chain.steps[-1]
    if not least.goes_on(chain, last):
        bound = goal if chain.by_frame else min(goal, least.before + CAP - LONGEST)
        low = max(now or Decimal(0), min(low, bound))
    if not most.goes_on(chain, last):
        gain = max(LONGEST, last.continuation.gain) if chain.by_frame else LONGEST
        bound = goal + gain if chain.by_frame else min(goal + gain, most.before + CAP)
        high = max(high, bound)
    return Range(low, high)

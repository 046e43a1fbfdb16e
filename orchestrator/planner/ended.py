"""Whether a chain that a run left as done surely still is, so that nobody need walk it to say so."""

from __future__ import annotations

from orchestrator.facts import ChainStopped
from orchestrator.lineage import Lineage
from orchestrator.plan import CAP, FILL, LONGEST, Branch, By, Chain, Plan
from orchestrator.planner.actions import Ending
from orchestrator.planner.views import ChainView


def ended(plan: Plan, lineage: Lineage) -> dict[str, ChainStopped]:
    """The chains of which walking would say that they are done, and as what the newest run left them.

    The plan is as it was then, the run found them settled, and no person has spoken since: of the chain, of
    one that it grows out of, or of trying anything again.
    """
    found = {}
    for chain in plan.chains:
        name = plan.name, chain.name
        stopped = lineage.stops.get(name)
        if stopped is None or stopped.digest != plan.digest or not stopped.settled:
            continue
        said = (lineage.spoken.get((plan.name, each), 0) for each in _line(plan, chain))
        if max(lineage.retried, *said) < lineage.stopped_at[name]:
            found[chain.name] = stopped
    return found


def _line(plan: Plan, chain: Chain) -> list[str]:
    """A chain, and those that it grows out of."""
    names = [chain.name]
    while isinstance(chain.source, Branch):
        chain = plan.chain(chain.source.chain)
        names.append(chain.name)
    return names


def settled(view: ChainView) -> bool:
    """Done, and not only because the films of its model grew by more just then than they may later."""
    chain, length = view.chain, view.length
    if view.standing[0] != Ending.DONE or length is None:
        return False
    filled = [step for step in chain.steps if step.repeat == FILL]
    if not filled or length >= chain.goal:
        return True
    return length + LONGEST > CAP and all(step.continuation.by is By.EXTEND for step in filled)

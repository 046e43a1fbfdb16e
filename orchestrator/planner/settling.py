"""Whether a chain that a run left as done surely still is, so that nobody need walk it to say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.facts import ChainStopped
from orchestrator.lineage import Lineage
from orchestrator.plan import CAP, FILL, LONGEST, By
from orchestrator.planner.actions import Ending
from orchestrator.planner.views import ChainView


def ended(
    plan: str, digest: str, grows: Mapping[str, str | None], lineage: Lineage
) -> dict[str, ChainStopped]:
    """The chains of which walking would say that they are done, and as what the newest run left them.

    `grows` tells for each chain of the plan which other it grows out of. The plan is as it was then, by the
    digest of its text, the run found them settled, and no person has spoken since: of the chain, of one that
    it grows out of, or of trying anything again.
    """
    found = {}
    for chain in grows:
        stopped = lineage.stops.get((plan, chain))
        if stopped is None or stopped.digest != digest or not stopped.settled:
            continue
        said = (lineage.spoken.get((plan, each), 0) for each in _line(chain, grows))
        if max(lineage.retried, *said) < lineage.stopped_at[plan, chain]:
            found[chain] = stopped
    return found


def _line(chain: str | None, grows: Mapping[str, str | None]) -> Iterator[str]:
    """A chain, and those that it grows out of."""
    while chain is not None:
        yield chain
        chain = grows[chain]


def settled(view: ChainView) -> bool:
    """Done, and not only because the films of its model grew by more just then than they may later."""
    chain, length = view.chain, view.length
    if view.standing[0] != Ending.DONE or length is None:
        return False
    filled = [step for step in chain.steps if step.repeat == FILL]
    if not filled or length >= chain.goal:
        return True
    return length + LONGEST > CAP and all(step.continuation.by is By.EXTEND for step in filled)

"""How plans stand once nobody works on them: their chains, what waits for a person, what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Hold, Run, tending
from orchestrator.runner.knowledge import Knowledge
from orchestrator.runner.outside import Result


def result(
    knowledge: Knowledge, views: Sequence[ChainView], plans: Sequence[Plan], run: Run, now: datetime
) -> Result:
    """As the journal says; what a process alone knows (films, what it gave up, why it ended) it adds."""
    lineage = knowledge.lineage
    # Not every take that a view looks at is shown by it: one that a person rejected may still run.
    shown = {(each.need, each.take) for view in views for each in view.next if isinstance(each, Hold)}
    strays = tuple(
        action
        for plan in plans
        for action in tending(lineage, plan.provider, now, run)
        if isinstance(action, Hold) and (action.need, action.take) not in shown
    )
    return Result(
        views=tuple(views),
        films={},
        strays=tuple(dict.fromkeys(strays)),
        spent=knowledge.spent_by(run.id),
        in_the_air=tuple(each.begun for key in lineage.open for each in lineage.takes[key].open),
        unkept=0,
        drained=False,
        error=None,
    )

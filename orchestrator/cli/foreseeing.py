"""What a run that began now would do, from the journal alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from orchestrator.budget import Ledger, ledger
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan
from orchestrator.planner import Forecast, Reach, Run, forecast, views_of


def forecasts_of(
    plans: Sequence[Plan],
    lineage: Lineage,
    limits: Limits | None = None,
    reach: Reach | None = None,
    book: Ledger | None = None,
) -> tuple[Forecast, ...]:
    """What a run that began now, within these limits and so far, would do."""
    now, book = datetime.now(UTC), book or ledger(lineage)
    run = Run("", lineage.position, now, limits or Limits(), reach or Reach())
    return tuple(
        forecast(plan, views_of(plan, lineage, book, now, run), lineage, book, now, run.reach)
        for plan in plans
    )

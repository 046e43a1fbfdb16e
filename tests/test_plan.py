"""The plan as a value: what several plans that run together come to."""

from __future__ import annotations

from decimal import Decimal

from orchestrator.plan import Downloads


def test_plans_that_run_together_share_the_tightest() -> None:
    """Each plan's own words hold, whoever runs beside it."""
    slow, narrow = Downloads(8, Decimal("0.5")), Downloads(2, Decimal(3))
    assert Downloads.tightest((slow, narrow)) == Downloads(2, Decimal("0.5"))
    assert Downloads.tightest((Downloads(3), slow)) == Downloads(3, Decimal("0.5"))
    assert Downloads.tightest(()) == Downloads()

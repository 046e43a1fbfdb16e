"""Runs from beginning to end on virtual time: what is made, paid, kept and said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.plan import FILL, Step
from orchestrator.planner import Ending, Finish
from tests.scenarios.stage import Stage, a_plan

pytestmark = pytest.mark.anyio


async def test_a_chain_fills_up_to_the_cap(tmp_path: Path) -> None:
    """Nearly forty extensions, each paid once, every film kept, and nothing passes 180 s."""
    stage = Stage(tmp_path)
    result = await stage.run(a_plan(Step("1", "涟漪散开", repeat=FILL)))
    (view,) = result.views
    assert isinstance(view.end, Finish)
    assert view.end.ending is Ending.DONE
    assert view.length is not None
    assert Decimal(174) < view.length <= Decimal(180)
    assert len(stage.payments) == view.made == result.spent.calls
    assert 33 <= view.made <= 43
    assert all(video.kept for video in stage.lineage.videos())
    assert (stage.home.films / "p" / "c.mp4").exists()


async def test_the_same_plan_again_costs_nothing(tmp_path: Path) -> None:
    """Running is closing the difference; where there is none, nothing is sent."""
    stage = Stage(tmp_path)
    await stage.run(a_plan("one", "two"))
    result = await stage.run(a_plan("one", "two"))
    assert len(stage.payments) == 2
    assert result.spent.calls == 0


async def test_an_edited_step_reuses_what_comes_before_it(tmp_path: Path) -> None:
    """Changing step 2 pays for step 2 and what follows, and keeps the old one as a side branch."""
    stage = Stage(tmp_path)
    await stage.run(a_plan("one", "two", "three"))
    await stage.run(a_plan("one", "zwei", "three"))
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three", "zwei", "three"]
    assert len(stage.lineage.videos()) == 6

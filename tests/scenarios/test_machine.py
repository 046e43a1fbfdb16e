"""What the machine does to a run: a dead network, a clock that jumps, a disk that fills, an edited plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from orchestrator.errors import DiskError, UnreachableError
from orchestrator.facts import AttemptBegun, Fact, TaskAccepted, VideoKept
from orchestrator.plan import Limits, Plan
from orchestrator.planner import Need
from orchestrator.runner import Bounds
from tests.scenarios.stage import Stage, Wire, a_plan

pytestmark = pytest.mark.anyio


class Flaky(Wire):
    """A network that is gone while `gone` says so: names do not resolve."""

    def __init__(self, stage: Stage, gone: Callable[[timedelta], bool]) -> None:
        super().__init__(stage.sandbox.app)
        self.clock, self.gone, self.began = stage.clock, gone, stage.clock.now()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.gone(self.clock.now() - self.began):
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        return await super().handle_async_request(request)


async def left_in_the_air(stage: Stage, plan: Plan) -> None:
    """A run that is drained as soon as a task is accepted."""

    def drain(fact: Fact) -> None:
        if isinstance(fact, TaskAccepted):
            assert stage.runner is not None
            stage.runner.drain()

    stage.notes.listener = drain
    await stage.run(plan)
    stage.notes.listener = None


async def test_names_that_do_not_resolve_for_an_hour_cost_an_hour(tmp_path: Path) -> None:
    """DNS comes back, and the run goes on where it was: nothing is paid twice, nothing is given up."""
    stage = Stage(tmp_path)
    outage = Flaky(stage, lambda age: timedelta(minutes=2) < age < timedelta(minutes=62))
    result = await stage.run(a_plan("one", "two", "three"), transport=outage)
    assert result.views[0].standing[0] == "done"
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three"]


async def test_an_answer_that_was_lost_with_the_network_is_found_out_about_when_it_is_back(
    tmp_path: Path,
) -> None:
    """Nobody is asked to decide what the provider can tell: it was only out of reach for long."""
    lost = {"when": {"action": "submit", "nth": 2}, "do": "drop_after"}
    stage = Stage(tmp_path, faults=[lost], offers_list=True)

    def gone(age: timedelta) -> bool:
        return len(stage.payments) == 2 and age < timedelta(minutes=50)

    result = await stage.run(a_plan("one", "two", "three"), transport=Flaky(stage, gone))
    assert result.views[0].standing[0] == "done"
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three"]


async def test_a_host_that_was_never_there_is_given_up_soon(tmp_path: Path) -> None:
    """A wrong address is said within minutes, not after a night."""
    stage = Stage(tmp_path)
    began = stage.clock.now()
    result = await stage.run(a_plan("one"), transport=Flaky(stage, lambda age: True))
    assert isinstance(result.error, UnreachableError)
    assert "Name or service not known" in str(result.error)
    assert stage.clock.now() - began < timedelta(minutes=15)
    # The next run goes on as if nothing had been.
    result = await stage.run(a_plan("one"))
    assert result.views[0].standing[0] == "done"


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)], ids=["forward", "back"])
async def test_a_clock_that_jumps_by_a_day_between_runs(jump: timedelta, tmp_path: Path) -> None:
    """What was in the air is asked after, whatever the clock says now; nothing is paid twice or lost."""
    stage = Stage(tmp_path)
    await left_in_the_air(stage, a_plan("one", "two"))
    assert len(stage.payments) == 1
    stage.clock.offset = jump
    result = await stage.run(a_plan("one", "two"))
    assert result.views[0].standing[0] == "done"
    assert [payment.prompt for payment in stage.payments] == ["one", "two"]


async def test_a_full_disk_stops_before_anything_is_paid(tmp_path: Path) -> None:
    """Without room for the result nothing is submitted; with room the next run goes on."""
    stage = Stage(tmp_path)
    stage.bounds = Bounds(room=1 << 60)
    result = await stage.run(a_plan("one"))
    assert isinstance(result.error, DiskError)
    assert stage.payments == ()
    stage.bounds = Bounds(room=0)
    result = await stage.run(a_plan("one"))
    assert result.error is None
    assert len(stage.payments) == 1


async def test_a_step_that_is_edited_in_the_air_is_still_kept(tmp_path: Path) -> None:
    """Nothing is orphaned: the result of a dropped step is watched, kept and counted by the next run."""
    stage = Stage(tmp_path)

    await left_in_the_air(stage, a_plan("one"))
    (key,) = stage.lineage.open
    result = await stage.run(a_plan("something else"))
    assert result.views[0].standing[0] == "done"
    lineage = stage.lineage
    assert not lineage.open
    video = lineage.video(key)
    assert video is not None
    assert isinstance(video.kept, VideoKept)


async def test_a_budget_holds_over_runs(tmp_path: Path) -> None:
    """A budget counts every attempt ever begun for the plan, in whatever run."""
    stage = Stage(tmp_path)
    for _ in range(3):
        result = await stage.run(a_plan("one", "two", "three", budget=Limits(calls=2)))
        assert result.views[0].standing[0] == Need.BUDGET.value
    assert len(stage.payments) == 2
    result = await stage.run(a_plan("one", "two", "three"), limits=Limits(calls=0))
    assert result.views[0].standing[0] == Need.BUDGET.value
    assert len(stage.payments) == 2


async def test_draining_sends_nothing_more_and_keeps_what_was_sent(tmp_path: Path) -> None:
    """After Ctrl-C no POST leaves, and every answer to one that left is on disk."""
    stage = Stage(tmp_path)

    def drain_at_the_first(fact: Fact) -> None:
        if isinstance(fact, AttemptBegun):
            assert stage.runner is not None
            stage.runner.drain()

    stage.notes.listener = drain_at_the_first
    result = await stage.run(a_plan("one", "two"))
    assert result.drained
    assert len(stage.payments) == 1
    (attempt,) = result.in_the_air
    assert attempt.prompt == "one"
    assert stage.lineage.take(attempt.take).attempts[0].task_id == stage.payments[0].task_id

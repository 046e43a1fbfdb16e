"""The crash matrix: a run dies before and after every write and every question, and is resumed.

Blind resubmission in place of reconciling fails most of these deaths; `test_the_matrix_has_teeth`
proves it each time the suite runs.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from orchestrator.facts import AttemptDeclined, Reason
from orchestrator.lineage import Lineage
from orchestrator.plan import Branch, Chain, Generation, Kind, Plan, Step
from orchestrator.planner import Reconcile
from orchestrator.ports import CannotTell
from orchestrator.runner import loop
from orchestrator.runner.desk import Desk
from tests.histories import steps
from tests.scenarios.stage import Reaper, Stage, a_plan, with_chains

pytestmark = pytest.mark.anyio

FAULTS = [
    {
        "when": {"action": "submit", "prompt_contains": "busy", "nth": 1},
        "do": {"status": {"http": 429, "code": 1302}},
    },
    {"when": {"action": "submit", "prompt_contains": "flaky", "nth": 1}, "do": {"fail": "internal error"}},
    {"when": {"action": "fetch", "nth": 2}, "do": "truncate"},
]
PARTS = 4
"""Each takes every fourth instant, so that processes can share the work."""

NEEDED = Counter(["one", "busy", "flaky", "koi", "on and on", "night", "peace"])


def scenario() -> Plan:
    """Several chains, a generation, a branch, a decline, a failure, a fallback and a broken download."""
    generated = Generation(Kind.TEXT, Step("0", "koi"), model_name="kling-v1-6")
    return with_chains(
        a_plan("one", "busy", "flaky"),
        Chain("g", generated, steps("on and on")),
        Chain("b", Branch("c", "1"), steps(Step("1", "war [refuse]", fallbacks=("peace",)), "night")),
    )


def a_stage(folder: Path) -> Stage:
    """Tasks of seconds: one question that is too early is as good an instant to die at as a dozen."""
    return Stage(folder, faults=FAULTS, offers_list=True, speed=10)


def shape(lineage: Lineage) -> set[tuple[object, ...]]:
    """What must be equal however often a run died: who grew out of whom, from which prompt, how long."""
    return {
        (take.key, take.parent, take.video is not None, take.video and take.video.kept is not None)
        for take in lineage.takes.values()
    }


async def undisturbed(folder: Path) -> tuple[set[tuple[object, ...]], int]:
    stage, reaper = a_stage(folder), Reaper()
    await stage.run(scenario(), reaper=reaper)
    assert Counter(payment.prompt for payment in stage.payments) == NEEDED
    return shape(stage.lineage), reaper.passed


async def died_at(instant: int, folder: Path) -> Stage:
    """A run that dies at that instant, if it comes so far, then another one."""
    stage = a_stage(folder)
    await stage.run_to_death(scenario(), at=instant)
    await stage.run(scenario())
    return stage


@pytest.mark.parametrize("part", range(1, PARTS + 1))
async def test_dying_anywhere_pays_nothing_twice_and_loses_nothing(tmp_path: Path, part: int) -> None:
    """Before and after every append, request and answer: paid is what was needed, and nothing differs."""
    wanted, instants = await undisturbed(tmp_path / "whole")
    assert instants > 100
    for instant in range(part, instants + 1, PARTS):
        stage = await died_at(instant, tmp_path / str(instant))
        assert Counter(payment.prompt for payment in stage.payments) == NEEDED, instant
        lineage = stage.lineage
        assert shape(lineage) == wanted, instant
        assert not lineage.open, instant
        assert {payment.task_id for payment in stage.payments} <= set(lineage.tasks), instant


async def test_dying_again_and_again(tmp_path: Path) -> None:
    """A run that dies every now and then still gets there, and pays no more."""
    wanted, _ = await undisturbed(tmp_path / "whole")
    for seed in range(5):
        stage, chance, lives = a_stage(tmp_path / str(seed)), random.Random(seed), 1
        while await stage.run_to_death(scenario(), at=chance.randint(5, 70)):
            lives += 1
        assert lives > 4
        assert Counter(payment.prompt for payment in stage.payments) == NEEDED, seed
        assert shape(stage.lineage) == wanted, seed


async def test_the_matrix_has_teeth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submitting again instead of reconciling pays twice at most deaths that leave an intent open."""

    async def submit_again(desk: Desk, action: Reconcile) -> None:
        begun = action.begun
        await desk.record(AttemptDeclined(desk.now(), begun.take, begun.number, Reason.ABSENT, "", "blind"))

    monkeypatch.setattr(loop, "reconcile", submit_again)
    _, instants = await undisturbed(tmp_path / "whole")
    open_intents = paid_twice = 0
    for instant in range(1, instants + 1):
        stage = a_stage(tmp_path / str(instant))
        await stage.run_to_death(scenario(), at=instant)
        lineage = stage.lineage
        tasked = {payment.task_id for payment in stage.payments}
        if tasked <= set(lineage.tasks):
            continue
        open_intents += 1
        await stage.run(scenario())
        paid_twice += Counter(payment.prompt for payment in stage.payments) != NEEDED
    assert open_intents >= 12
    assert paid_twice / open_intents > 0.7, f"{paid_twice} of {open_intents}"


def test_a_candidate_is_no_find() -> None:
    """What fits by parent and time is shown, and carries no task of ours."""
    assert CannotTell("two fit", ("a", "b")).candidates == ("a", "b")

"""What is handed to workers says all they need, and nothing that only the author's machine has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.cluster import Handover, handovers
from orchestrator.errors import PlanError
from orchestrator.identity import TakeKey
from orchestrator.plan import Branch, Chain, Generation, Image, Kind, Limits, Plan, Position, Step
from orchestrator.planner import Reach, Run
from tests.histories import SOURCE, steps
from tests.scenarios.stage import a_plan, with_chains

RUN = Run("r", 7, datetime(2026, 11, 1, 12, tzinfo=UTC))


def plan_of(*chains: Chain) -> Plan:
    return with_chains(a_plan("one"), *chains)


def test_each_connected_group_is_handed_over_by_itself() -> None:
    """What one worker must do together is one handover, and the longest goes first."""
    branch, apart = Chain("d", Branch("c"), steps("two", "three")), Chain("e", SOURCE, steps("four"))
    found = handovers(plan_of(branch, apart), RUN)
    assert [(each.chains, each.steps) for each in found] == [(("c", "d"), 2), (("e",), 1)]
    assert len({each.lock for each in found}) == 2


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        replace(RUN, limits=Limits(3, Decimal("1.50"), Decimal("0.10"))),
        replace(RUN, reach=Reach({("p", "c"): 2}, 5)),
        replace(RUN, reach=Reach({}, None)),
    ],
    ids=["no limits", "limits", "chains and steps", "no chain at all"],
)
def test_it_survives_json(run: Run) -> None:
    """A worker elsewhere works within the very limits that a person gave."""
    (handover,) = handovers(a_plan("one"), run)
    assert replace(Handover.from_json(handover.to_json()), steps=handover.steps) == handover


def test_strays_have_one_place_an_account() -> None:
    """No two workers tend the takes of an account that nobody wants."""
    one = Handover("p", "d", "kling", RUN, strays=(TakeKey("x"),))
    other = Handover("q", "e", "kling", RUN, strays=(TakeKey("y"),))
    assert one.lock == other.lock
    assert Handover.from_json(one.to_json()) == one


def test_a_picture_on_this_machine_is_refused() -> None:
    """Nobody waits for workers that cannot find a file."""
    picture = Image(path="koi.png", digest="0" * 64)
    chain = Chain("d", Generation(Kind.IMAGE, Step("0", "koi"), image=picture))
    with pytest.raises(PlanError, match=r"chain d needs koi\.png, which only this machine has"):
        handovers(plan_of(chain), RUN)


def test_a_file_of_prompts_is_refused() -> None:
    """The plan's text alone must say everything."""
    step = Step("1", "koi", position=Position(3, 1, str(Path("prompts.txt"))))
    with pytest.raises(PlanError, match=r"prompts\.txt"):
        handovers(plan_of(Chain("d", SOURCE, (step,))), RUN)

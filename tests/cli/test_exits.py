"""The exit status of a run: what it ended with, and what counts for more when several hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestrator.budget import Spent
from orchestrator.cli.exits import Exit, exit_status, gravest
from orchestrator.errors import OrchestratorError, PaymentError, StateError, UnreachableError
from orchestrator.plan import Chain
from orchestrator.planner import Action, ChainView, Ending, Finish, Hold, Need, Wait
from orchestrator.runner import Result
from tests.histories import SOURCE


def result(
    *actions: Action, strays: tuple[Hold, ...] = (), unkept: int = 0, error: OrchestratorError | None = None
) -> Result:
    """A run that left one chain for each action."""
    views = tuple(ChainView("p", Chain("c", SOURCE), None, (), None, (action,)) for action in actions)
    return Result(
        views=views,
        films={},
        strays=strays,
        spent=Spent(1, Decimal(2)),
        in_the_air=(),
        unkept=unkept,
        drained=False,
        error=error,
    )


ENDED_WELL = (Ending.DONE, Ending.PAUSED)
DONE = Finish(Ending.DONE, "")
PICK = Hold(Need.PICK, "")


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (result(DONE, DONE), 0),
        (result(), 0),
        (result(DONE, Finish(Ending.PAUSED, "")), 0),
        *((result(DONE, Finish(ending, "")), 3) for ending in Ending if ending not in ENDED_WELL),
        (result(DONE, Wait("")), 3),
        (result(DONE, unkept=1), 3),
        (result(DONE, Hold(Need.BUDGET, "")), 4),
        *((result(DONE, Hold(need, "")), 5) for need in Need if need.value in
          ("pick", "review", "length", "unclear", "suspended", "lost")),
        (result(DONE, strays=(Hold(Need.UNCLEAR, ""),)), 5),
        (result(Hold(Need.CREDENTIALS, "")), 6),
        (result(Hold(Need.PAYMENT, "")), 6),
        (result(DONE, error=UnreachableError("")), 7),
        (result(DONE, error=StateError("")), 8),
    ],
)  # fmt: skip
def test_how_a_run_ended(ended: Result, status: int) -> None:
    """A script sees whether all is done, something is missing, or who must act."""
    assert exit_status(ended) == status


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (result(PICK, Finish(Ending.CAPPED, "")), 5),
        (result(PICK, Hold(Need.BUDGET, "")), 5),
        (result(Hold(Need.BUDGET, ""), Finish(Ending.FAILED, "")), 4),
        (result(PICK, error=UnreachableError("")), 7),
        (result(Hold(Need.PAYMENT, ""), error=UnreachableError("")), 6),
        (result(PICK, error=PaymentError("")), 6),
        (result(Hold(Need.PAYMENT, ""), error=StateError("")), 8),
    ],
)
def test_the_gravest_counts(ended: Result, status: int) -> None:
    """When several hold, the order is 1, 130, 8, 6, 7, 5, 4, 3, 0."""
    assert exit_status(ended) == status


def test_the_order_is_whole() -> None:
    """Every status has its place in the order."""
    assert gravest([]) is Exit.DONE
    assert gravest(Exit) is Exit.BUG
    assert {gravest([each]) for each in Exit} == set(Exit)

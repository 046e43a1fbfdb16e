"""What a run tells before it begins to work: what expires, once it is agreed who is to hear of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.cli.notifying import Notifying, notifying
from orchestrator.plan import Notify, Occasion
from orchestrator.runner import SystemClock
from tests.histories import SOURCE, History, plan_of
from tests.report.pond import views

pytestmark = pytest.mark.anyio


def told_of(history: History, notify: Notify, *, allowed: bool | None = True) -> Notifying:
    """What a run that begins now would tell."""
    plan = replace(history.plan, notify=notify)
    return notifying((plan,), history.lineage, views(history), history.now, allowed=allowed, asks=False)


async def test_what_expires_is_told_when_a_run_begins(tmp_path: Path) -> None:
    """A tip that the provider purges in two days, and that a chain still grows from, is heard of first."""
    history = History(plan_of("one", "two", source=SOURCE))
    history.adopt(age_days=28)
    command = ("sh", "-c", f"cat >> {tmp_path}/heard")
    said: list[str] = []
    telling = replace(told_of(history, Notify(command)), place=("--state", "/mnt/my films"))
    async with telling.heralded(SystemClock(), said.append):
        pass
    message = json.loads((tmp_path / "heard").read_text())
    assert (message["event"], message["plan"]) == ("expiring", history.plan.name)
    place = "--state '/mnt/my films'"
    assert message["how"] == [f"orchestrate expiring {place}", f"orchestrate resume {place}"]
    assert said == []


@pytest.mark.parametrize(
    ("age_days", "notify", "allowed"),
    [
        (20, Notify(("false",)), True),
        (28, Notify(("false",), on=(Occasion.FINISHED,)), True),
        (28, Notify(("false",)), False),
        (28, Notify(("false",)), None),
    ],
    ids=["not soon", "not asked for", "refused", "nobody to ask"],
)
async def test_nothing_is_told_of_what_does_not_matter(
    age_days: int, notify: Notify, allowed: bool | None
) -> None:
    """What is good for weeks, what nobody wants to hear, and what nobody agreed to."""
    history = History(plan_of("one", "two", source=SOURCE))
    history.adopt(age_days=age_days)
    said: list[str] = []
    async with told_of(history, notify, allowed=allowed).heralded(SystemClock(), said.append):
        pass
    assert said == [], "the command would have failed, which is said"

"""Many chains at once through the real client: with the vendor's list of tasks, and without one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.plan import Chain, Patience, Plan, ProviderSettings
from tests.histories import steps
from tests.scenarios.stage import API, SOURCE, Stage, Wire, a_plan

pytestmark = pytest.mark.anyio

CHAINS, STEPS = 20, 4


def studio(name: str) -> Plan:
    """So many chains out of one source, all at once."""
    first, *others = (
        Chain(f"c{index}", SOURCE, steps(*(f"{index}-{step}" for step in range(STEPS))))
        for index in range(CHAINS)
    )
    settings = ProviderSettings(
        name=name,  # type: ignore[arg-type]
        base_url=API,
        concurrency=CHAINS,
        external_task_id="always" if name == "kling" else "never",
        patience=Patience(10, 20, 10),
    )
    return replace(a_plan(settings=settings), chains=(first, *others))


@dataclass
class Counted(httpx.AsyncBaseTransport):
    """The network, and how often each route was asked: `list`, or `one` for a task by itself."""

    inner: httpx.AsyncBaseTransport
    questions: dict[str, int] = field(default_factory=lambda: {"list": 0, "one": 0})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and "/v1/videos/video-extend" in request.url.path:
            self.questions["list" if request.url.params else "one"] += 1
        return await self.inner.handle_async_request(request)


@pytest.mark.parametrize(
    ("name", "options", "lists", "alone"),
    [
        ("kling", {"native": True}, range(50, 300), range(80)),
        ("dmxapi", {}, range(1, 6), range(800, 2000)),
    ],
    ids=["native, with a list", "strict, without"],
)
async def test_many_chains_are_followed_by_the_list_where_there_is_one(
    name: str, options: dict[str, Any], lists: range, alone: range, tmp_path: Path
) -> None:
    """Every chain is made and paid once either way; with a list, in a tenth of the questions, and sooner."""
    stage = Stage(tmp_path, slots=CHAINS, **options)
    network = Counted(Wire(stage.sandbox.app))
    result = await stage.run(studio(name), transport=network)
    assert {view.standing[0] for view in result.views} == {"done"}
    assert len(stage.payments) == CHAINS * STEPS
    assert network.questions["list"] in lists
    assert network.questions["one"] in alone

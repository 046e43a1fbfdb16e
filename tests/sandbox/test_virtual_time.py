"""The sandbox on trio's virtual clock, as the runner's scenarios use it: hours in a moment."""

from __future__ import annotations

from decimal import Decimal

import anyio
import httpx
import pytest
import trio
import trio.testing

from orchestrator.sandbox import EXAMPLE, SandboxOptions, in_memory, read_faults

from .bench import START, Bench, Clock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


def now() -> int:
    return START + round(trio.current_time() * 1000)


async def test_a_chain_to_the_cap() -> None:
    """A chain of extensions, asked for every 30 s, grows up to the cap in hours that pass in a moment."""
    slow_answer = {"when": {"action": "submit", "nth": 3}, "do": {"delay": 40}}
    sandbox = in_memory(SandboxOptions(), now, faults=read_faults([slow_answer]))
    transport = httpx.ASGITransport(app=sandbox.app)
    begun, pair, length, steps = now(), (EXAMPLE.task_id, EXAMPLE.video_id), Decimal("5.1"), 0
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api.test", headers={"Authorization": "Bearer x"}
    ) as client:
        table = Bench(Clock(), sandbox, client, "/kling")
        while True:
            wish = {"task_id": pair[0], "video_id": pair[1], "prompt": f"step {steps}"}
            answer = await table.post("video-extend", wish)
            if answer.status_code != 200:
                break
            task = answer.json()["data"]
            while task["task_status"] != "succeed":
                await anyio.sleep(30)
                task = (await table.get("video-extend", task["task_id"])).json()["data"]
            video = task["task_result"]["videos"][0]
            assert 4 <= Decimal(video["duration"]) - length <= Decimal("5.5")
            pair, length, steps = (task["task_id"], video["id"]), Decimal(video["duration"]), steps + 1
    assert answer.json()["code"] == 1201
    assert 174 < length <= 180
    assert 33 <= steps <= 44
    assert 2.3 < (now() - begun) / 3_600_000 < 5

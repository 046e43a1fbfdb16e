"""What free questions show of a host: pure verdicts over answers that a table gives."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from orchestrator.checkup import Check, Verdict
from orchestrator.lineage import Echo
from orchestrator.plan import ProviderSettings
from orchestrator.provider import examine
from tests.provider.wire import ENVIRON, KEY, NOW, Answering, Network, StandingClock, listed

pytestmark = pytest.mark.anyio

MISSING = (404, {"code": 1203, "message": "task not found", "request_id": "r"})
NO_ROUTE = (404, {"code": 1203, "message": "no such resource", "request_id": "r"})


def host(**answers: Any) -> Answering:
    """Answers by the last part of the path; what is not named is a task that nobody has."""

    def answer(request: httpx.Request) -> httpx.Response:
        *_, route, last = request.url.path.split("/")
        status, body = NO_ROUTE if route == "no-such-route" else answers.get(last, MISSING)
        return httpx.Response(status, json=body, headers={"Date": format_datetime(NOW, usegmt=True)})

    return answer


async def found(
    answers: Answering, clock: StandingClock | None = None, echo: Echo | None = None, **settings: Any
) -> dict[str, Check]:
    """The checks by their names."""
    checks = await examine(
        ProviderSettings(**settings),
        base_url=None,
        environ=ENVIRON,
        clock=clock or StandingClock(),
        echo=echo,
        transport=Network(answers),
    )
    assert not any(KEY in f"{each.found} {each.move}" for each in checks)
    return {each.name: each for each in checks}


def tasks(*those: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A list of tasks, or one task."""
    return 200, {"code": 0, "message": "", "request_id": "r", "data": list(those)}


async def test_an_unknown_task_proves_key_and_route() -> None:
    """A host that tells an unknown task from an unknown route has both looked at the key and the route."""
    checks = await found(host())
    assert checks["key accepted"].verdict is checks["prefix"].verdict is Verdict.OK
    assert checks["list of tasks"].verdict is Verdict.WARNING
    assert checks["external ids"].verdict is Verdict.UNKNOWN


async def test_external_ids_are_proven_by_the_list() -> None:
    """Where the list shows an id of ours, a task is asked for by it: found, not found, or gone."""
    task = listed("t-1", external_id="orch-1")
    finds = await found(host(**{"video-extend": tasks(task), "orch-1": tasks(task)}))
    assert finds["external ids"].verdict is Verdict.OK
    blind = await found(host(**{"video-extend": tasks(task), "t-1": tasks(task)}))
    assert blind["external ids"].verdict is Verdict.WARNING
    gone = await found(host(), echo=Echo("orch-9", "t-9"))
    assert gone["external ids"].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(30, Verdict.OK), (61, Verdict.WARNING), (-61, Verdict.WARNING)]
)
async def test_a_clock_may_be_a_minute_off(seconds: int, verdict: Verdict) -> None:
    """Either way, and with a signing key it is said why that matters."""
    clock = StandingClock(at=NOW + timedelta(seconds=seconds))
    check = (await found(host(), clock, name="kling"))["clock"]
    assert check.verdict is verdict
    assert verdict is Verdict.OK or "signed tokens are refused" in check.move


async def test_an_expired_token_points_to_the_clock() -> None:
    """1004 after signing afresh is no wrong key before the clock was looked at."""
    refused = (401, {"code": 1004, "message": "expired", "request_id": "r"})
    check = (await found(host(**{"orchestrate-doctor": refused}), name="kling"))["key accepted"]
    assert check.verdict is Verdict.PROBLEM
    assert "clock" in check.move


async def test_a_gateways_envelope_is_recognised() -> None:
    """A code in words is the gateway's own."""
    body = (400, {"code": "task_not_exist", "message": "task_not_exist", "data": None})
    checks = await found(host(**{"orchestrate-doctor": body}))
    assert "gateway" in checks["envelope"].found
    assert checks["key accepted"].verdict is Verdict.OK


async def test_a_silent_proxy_error_is_no_verdict_on_the_key() -> None:
    """A host in maintenance is asked again later; nothing is said about key and route."""
    down = (503, {"code": 5001, "message": "maintenance", "request_id": "r"})
    checks = await found(host(**{"orchestrate-doctor": down}))
    assert checks["connection"].verdict is Verdict.PROBLEM
    assert checks["key accepted"].verdict is checks["prefix"].verdict is Verdict.UNKNOWN

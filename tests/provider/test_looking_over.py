"""One look at the list of tasks: believed for what it shows and for nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.plan import Kind
from orchestrator.ports import Page
from tests.provider.wire import SIGNED, nested, provider, succeeded

pytestmark = pytest.mark.anyio

WANTED = {"t-1", "t-2", "t-3"}


def task(task_id: str, **fields: Any) -> dict[str, Any]:
    """A task as the documented answer shows it, parts of it replaced."""
    shown: dict[str, Any] = succeeded(task_id=task_id, **fields)["data"]
    return shown


async def look(*tasks: object, **host: Any) -> tuple[Page | None, httpx.Request]:
    """One look at a list of these tasks."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"code": 0, "message": "SUCCEED", "data": list(tasks)})

    async with provider(answer, **host) as client:
        return await client.look_over(Kind.EXTEND, WANTED, 2, 500), asked[0]


async def test_tasks_that_run_and_tasks_with_their_video_are_answered() -> None:
    """With all that a question of their own would have told; what was said is kept without its secrets."""
    running = {"task_id": "t-2", "task_status": "processing", "created_at": 1, "updated_at": 2}
    page, request = await look(task("t-1"), running, task("not ours"), name="kling")
    assert page is not None
    assert request.url.path == "/v1/videos/video-extend"
    assert dict(request.url.params) == {"pageNum": "2", "pageSize": "500"}
    assert page.running == frozenset({"t-2"})
    assert (page.unsure, page.last, page.shown) == (frozenset(), False, 2)
    assert set(page.made) == {"t-1"}
    made = page.made["t-1"]
    assert (made.task_id, made.url, made.duration) == ("t-1", SIGNED, Decimal("9.6"))
    assert made.raw is not None
    assert "sign=" not in made.raw


@pytest.mark.parametrize(
    "fields",
    [
        {"task_status": "failed", "task_status_msg": "Failure to pass the risk control system"},
        {"task_result": {"videos": None}},
        {"task_result": {"videos": [{"url": "https://files.example/v.mp4"}]}},
    ],
    ids=["failed", "no video", "no id"],
)
async def test_how_a_task_ended_without_a_video_is_left_to_its_own_answer(fields: dict[str, Any]) -> None:
    """A list that leaves something out must not make a failure of it, which would be paid for again."""
    page, _ = await look(task("t-1", **fields))
    assert page == Page({}, unsure=frozenset({"t-1"}))


async def test_a_task_of_which_two_things_are_said_has_ended() -> None:
    """The word that ends it counts, wherever it stands."""
    page, _ = await look({"task_id": "t-1", "task_status": "processing", "status": "failed"})
    assert page == Page({}, unsure=frozenset({"t-1"}))


async def test_gateways_that_wrap_their_tasks_are_understood() -> None:
    """The vendor's words inside the gateway's, as in single answers."""
    page, _ = await look(nested("SUCCESS", succeeded(task_id="t-1"))["data"])
    assert page is not None
    assert set(page.made) == {"t-1"}


async def test_what_is_no_task_is_skipped() -> None:
    """Hostile or broken items take nothing else with them."""
    page, _ = await look(None, 7, [], {"task_id": ["t-1"]}, {"task_status": "succeed"}, task("t-3"))
    assert page is not None
    assert set(page.made) == {"t-3"}


async def test_an_empty_page_is_the_last() -> None:
    """Only that is the end of a list: hosts cap the size of pages as they like."""
    assert (await look())[0] == Page({}, last=True)


NO_LIST = [
    httpx.Response(200, text="<!doctype html><html></html>", headers={"content-type": "text/html"}),
    httpx.Response(404, text="<html></html>", headers={"content-type": "text/html"}),
    httpx.Response(404, json={"code": 1202, "message": "The requested method is invalid"}),
    httpx.Response(404, json={"code": 1203, "message": "The requested resource does not exist"}),
    httpx.Response(405, json={"code": 1202, "message": "no"}),
    httpx.Response(401, json={"code": 1002, "message": "Authorization is invalid"}),
    httpx.Response(403, json={"code": 1103, "message": "no permission"}),
    httpx.Response(429, json={"code": 1304, "message": "IP not in whitelist"}),
    httpx.Response(200, json={"code": 0, "data": {"items": []}}),
    httpx.Response(200, json={"code": 0, "data": None}),
]


@pytest.mark.parametrize("answer", NO_LIST, ids=range(len(NO_LIST)))
async def test_a_host_without_a_list_is_told_apart(answer: httpx.Response) -> None:
    """Neither a page that is no list nor a key that may not see it is an error: tasks are asked for alone."""
    async with provider(lambda _: answer) as client:
        assert await client.look_over(Kind.EXTEND, WANTED, 1, 30) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(503, json={"code": 5001, "message": "maintenance"}), UnreachableError),
        (httpx.Response(429, json={"code": 1302, "message": "too fast"}), UnreachableError),
        (httpx.Response(400, json={"code": 1200, "message": "bad request"}), ProviderError),
    ],
)
async def test_trouble_is_one_of_our_errors(answer: httpx.Response, error: type[Exception]) -> None:
    """A host that is away is asked again later; one that does not like the question is left alone."""
    async with provider(lambda _: answer) as client:
        with pytest.raises(error):
            await client.look_over(Kind.EXTEND, WANTED, 1, 30)

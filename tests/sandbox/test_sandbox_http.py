"""The API over HTTP, in process, on both event loops: shapes, errors, envelopes, hostile bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.sandbox import EXAMPLE, Plant, SandboxOptions, in_memory

from .bench import START, Bench, extension

pytestmark = pytest.mark.anyio
MakeBench = Callable[..., Bench]

EXTEND = "/kling/v1/videos/video-extend"
TEXT = "/kling/v1/videos/text2video"
IMAGE = "/kling/v1/videos/image2video"


async def test_submission(bench: MakeBench) -> None:
    """A submission answers 200 with the documented envelope, an integer code and integer milliseconds."""
    answer = await bench().post("video-extend", extension())
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert (body["code"], body["message"]) == (0, "SUCCEED")
    assert isinstance(body["request_id"], str)
    task_id = body["data"].pop("task_id")
    assert body["data"] == {"task_status": "submitted", "created_at": START, "updated_at": START}
    assert isinstance(task_id, str)


async def test_finished_task(bench: MakeBench) -> None:
    """A finished extension shows its parent, one whole video, its length as a decimal string, its cost."""
    table = bench()
    task = await table.extended(external_task_id="mine", watermark_info={"enabled": True})
    assert task["task_status"] == "succeed"
    assert task["task_status_msg"] == ""
    assert task["task_info"]["external_task_id"] == "mine"
    parent = task["task_info"]["parent_video"]
    assert (parent["id"], parent["duration"]) == (EXAMPLE.video_id, "5.1")
    (video,) = task["task_result"]["videos"]
    assert Decimal(video["duration"]) > Decimal(9)
    assert video["url"].startswith("http://files.sandbox.test/")
    assert video["url"].partition("?")[0].endswith(".mp4")
    assert "_watermark.mp4" in video["watermark_url"]
    assert task["final_unit_deduction"] == "2"
    assert (await table.file(task)).status_code == 200


async def test_unfinished_task_has_no_result(bench: MakeBench) -> None:
    """`task_result` appears with success only, never as an empty shell before it."""
    table = bench()
    created = (await table.post("video-extend", extension())).json()["data"]
    table.clock.wait(60)
    task = (await table.get("video-extend", created["task_id"])).json()["data"]
    assert task["task_status"] == "processing"
    assert "task_result" not in task
    assert "final_unit_deduction" not in task


async def test_failed_task(bench: MakeBench) -> None:
    """A failed task is HTTP 200 and code 0 with its reason in free text."""
    task = await bench().extended(prompt="[risk] fire")
    assert task["task_status"] == "failed"
    assert task["task_status_msg"] == "Failure to pass the risk control system"
    assert "task_result" not in task


async def test_chain(bench: MakeBench) -> None:
    """The pair of an extension can be extended again, and the length grows."""
    table = bench()
    first = await table.extended()
    video = first["task_result"]["videos"][0]
    second = await table.extended(task_id=first["task_id"], video_id=video["id"])
    longer = second["task_result"]["videos"][0]["duration"]
    assert Decimal(longer) - Decimal(video["duration"]) >= 4


async def test_planted_videos(bench: MakeBench) -> None:
    """A test can plant a video of any model at any time, and it is there at once, unpaid."""
    table = bench()
    old = Plant("old-task", "old-video", model_name="kling-v2-1", seconds="10.04")
    table.sandbox.account.plant(old)
    task = (await table.get("text2video", "old-task")).json()["data"]
    assert task["task_result"]["videos"][0]["duration"] == "10.04"
    answer = await table.post("video-extend", extension(task_id="old-task", video_id="old-video"))
    assert (answer.status_code, answer.json()["code"]) == (400, 1201)
    assert answer.json()["message"] == "This video not supported extend-video"
    assert (await table.client.get("/sandbox/payments")).json() == {"payments": []}


async def test_lenient_submissions(bench: MakeBench) -> None:
    """Empty texts, nulls, unknown fields and an integer duration are taken, as public clients send them."""
    table = bench()
    empty = {"negative_prompt": "", "callback_url": "", "external_task_id": "", "cfg_scale": None, "n": 1}
    for _ in range(2):
        assert (await table.post("video-extend", extension(**empty))).status_code == 200
    assert (await table.post("text2video", {"prompt": "x", "duration": 10})).status_code == 200
    assert (await table.post("image2video", {"image": "aGk=", "model_name": "kling-v1-6"})).status_code == 200


REFUSED: dict[str, tuple[str, str, Any, tuple[int, int]]] = {
    "no such route": ("GET", "/kling/v1/nothing", None, (404, 1203)),
    "no such kind": ("POST", "/kling/v1/videos/lip-sync", {}, (404, 1203)),
    "no such task": ("GET", EXTEND + "/none", None, (404, 1203)),
    "the root": ("GET", "/", None, (404, 1203)),
    "a trailing slash": ("GET", EXTEND + "/", None, (404, 1203)),
    "the vendor's path at the gateway": ("POST", "/v1/videos/video-extend", {}, (404, 1203)),
    "a wrong method for a task": ("DELETE", EXTEND + "/x", None, (404, 1202)),
    "a wrong method for a kind": ("PUT", EXTEND, {}, (404, 1202)),
    "a wrong method for costs": ("POST", "/account/costs", {}, (404, 1202)),
    "no JSON": ("POST", EXTEND, b"{", (400, 1200)),
    "no body": ("POST", EXTEND, b"", (400, 1200)),
    "no object": ("POST", EXTEND, [], (400, 1200)),
    "no UTF-8": ("POST", EXTEND, b'{"prompt": "\xff\xfe"}', (400, 1200)),
    "too deep": ("POST", EXTEND, b"[" * 100_000, (400, 1200)),
    "a number of 5,000 digits": ("POST", EXTEND, b'{"cfg_scale": ' + b"1" * 5000 + b"}", (400, 1200)),
    "an infinite cfg scale": ("POST", EXTEND, b'{"cfg_scale": 1e999}', (400, 1201)),
    "NaN as cfg scale": ("POST", EXTEND, b'{"cfg_scale": NaN}', (400, 1201)),
    "cfg scale above 1": ("POST", EXTEND, extension(cfg_scale=1.01), (400, 1201)),
    "cfg scale as text": ("POST", EXTEND, extension(cfg_scale="0.5"), (400, 1201)),
    "no task id": ("POST", EXTEND, {"video_id": EXAMPLE.video_id}, (400, 1201)),
    "no video id": ("POST", EXTEND, {"task_id": EXAMPLE.task_id}, (400, 1201)),
    "a list as video id": ("POST", EXTEND, extension(video_id=["x"]), (400, 1201)),
    "a number as prompt": ("POST", EXTEND, extension(prompt=5), (400, 1201)),
    "a long prompt": ("POST", EXTEND, extension(prompt="鱼" * 2501), (400, 1201)),
    "a long negative prompt": ("POST", EXTEND, extension(negative_prompt="鱼" * 2501), (400, 1201)),
    "a text as watermark": ("POST", EXTEND, extension(watermark_info="yes"), (400, 1201)),
    "text without a prompt": ("POST", TEXT, {}, (400, 1201)),
    "an unknown model": ("POST", TEXT, {"prompt": "x", "model_name": "sora"}, (400, 1201)),
    "a wrong duration": ("POST", TEXT, {"prompt": "x", "duration": "7"}, (400, 1201)),
    "a wrong mode": ("POST", TEXT, {"prompt": "x", "mode": "max"}, (400, 1201)),
    "a wrong ratio": ("POST", TEXT, {"prompt": "x", "aspect_ratio": "4:3"}, (400, 1201)),
    "no image": ("POST", IMAGE, {"prompt": "x"}, (400, 1201)),
    "an image with a data: prefix": ("POST", IMAGE, {"image": "data:image/png;base64,aGk="}, (400, 1201)),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_every_error_is_json(bench: MakeBench, case: str) -> None:
    """Whatever is asked wrongly gets the vendor's status and code in JSON, never a framework's own page."""
    method, path, body, expected = REFUSED[case]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await bench().client.request(method, path, content=content)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert set(answer.json()) == {"code", "message", "request_id"}


async def test_exactly_2500_characters(bench: MakeBench) -> None:
    """The limit counts characters, not bytes."""
    assert (await bench().post("video-extend", extension(prompt="鱼" * 2500))).status_code == 200


async def test_huge_body(bench: MakeBench) -> None:
    """A body above 16 MiB is a 413 in JSON."""
    answer = await bench().client.post(EXTEND, content=bytes(17 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, 1200)


async def test_list_at_the_gateway(bench: MakeBench) -> None:
    """The gateway does not offer the list: its web page answers, with status 200."""
    answer = await bench().client.get(EXTEND)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_list_at_the_vendor(bench: MakeBench) -> None:
    """The vendor's list is the same envelope with an array, and refuses pages out of its bounds."""
    table = bench(native=True)
    created = (await table.post("video-extend", extension())).json()["data"]["task_id"]
    listed = await table.client.get("/v1/videos/video-extend?pageNum=1&pageSize=30")
    assert [task["task_id"] for task in listed.json()["data"]] == [created]
    for query in ("pageSize=501", "pageNum=x", "pageNum=99999999999"):
        answer = await table.client.get(f"/v1/videos/video-extend?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, 1201)


async def test_native_character(bench: MakeBench) -> None:
    """At the vendor's host there is no prefix, no task_id is needed, and an external id can be asked for."""
    table = bench(native=True)
    body = {"video_id": EXAMPLE.video_id, "task_id": 5, "external_task_id": "mine"}
    created = await table.post("video-extend", body)
    assert created.status_code == 200
    found = (await table.get("video-extend", "mine")).json()["data"]
    assert found["task_id"] == created.json()["data"]["task_id"]
    assert (await table.client.post(EXTEND, json=body)).status_code == 404


async def test_keys(bench: MakeBench) -> None:
    """No key is 401/1001, a wrong one 401/1002, and the right one opens the door, bare or as bearer."""
    table = bench(key="sk-right")
    expected = {"": 1001, "Bearer ": 1001, "Bearer sk-wrong": 1002, "Bearer sk-right": 0, "sk-right": 0}
    for header, code in expected.items():
        answer = await table.client.get("/account/costs", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401 if code else 200, code), header
    submission = await table.post("video-extend", extension())
    assert (submission.status_code, submission.json()["code"]) == (401, 1002)


async def test_costs(bench: MakeBench) -> None:
    """The account's pack shows what is left of its units."""
    table = bench(units="10")
    await table.post("video-extend", extension())
    (pack,) = (await table.client.get("/account/costs")).json()["data"]["resource_pack_subscribe_infos"]
    assert (pack["total_quantity"], pack["remaining_quantity"], pack["status"]) == (10, 8, "online")


async def test_payments_page(bench: MakeBench) -> None:
    """A test can count payments, refused submissions not among them."""
    table = bench()
    await table.post("video-extend", extension())
    await table.post("video-extend", extension(prompt="[refuse]"))
    (payment,) = (await table.client.get("/sandbox/payments")).json()["payments"]
    assert (payment["kind"], payment["units"]) == ("video-extend", "2")


async def test_flat_envelope(bench: MakeBench) -> None:
    """The flat submission of some gateways: ids at the top, seconds instead of milliseconds."""
    table = bench(envelope="flat")
    answer = (await table.post("video-extend", extension())).json()
    assert answer["id"] == answer["task_id"]
    assert (answer["object"], answer["status"], answer["created_at"]) == ("video", "", START // 1000)
    assert (await table.get("video-extend", answer["task_id"])).json()["code"] == 0


async def test_nested_envelope(bench: MakeBench) -> None:
    """The nested query of some gateways lags up to 15 s behind and wraps the vendor's envelope."""
    table = bench(envelope="nested")
    task_id = (await table.post("video-extend", extension())).json()["task_id"]

    async def view() -> Any:
        answer = (await table.get("video-extend", task_id)).json()
        assert answer["code"] == "success"
        return answer["data"]

    assert ((await view())["status"], (await view())["data"]) == ("NOT_START", {})
    table.clock.wait(30)
    assert (await view())["status"] in ("SUBMITTED", "IN_PROGRESS")
    table.clock.wait(3600)
    last = await view()
    assert (last["status"], last["progress"]) == ("SUCCESS", "100%")
    assert last["data"]["data"]["task_result"]["videos"][0]["id"]
    unknown = await table.get("video-extend", "none")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "task_not_exist")


async def test_gateway_hides_429(bench: MakeBench) -> None:
    """In the gateways' envelopes no money and no slot look the same: one text, a string code."""
    for options in ({"units": "1"}, {"slots": 1}):
        table = bench(envelope="nested", **options)
        await table.post("video-extend", extension())
        answer = await table.post("video-extend", extension())
        assert answer.status_code == 429
        assert isinstance(answer.json()["code"], str)
        assert "负载已饱和" in answer.json()["message"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("aGk="),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TEXTS = ["prompt", "negative_prompt", "callback_url", "external_task_id", "model_name", "mode", "image"]
OTHERS = ["task_id", "video_id", "cfg_scale", "watermark_info", "duration", "aspect_ratio", "image_tail"]
FIELDS = st.sampled_from(TEXTS + OTHERS)
PATHS = st.sampled_from(
    ["video-extend", "text2video", "image2video", "video-extend/x", "x", "", "/", "%00", "%ff/%2f"]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])


@given(
    method=METHODS,
    path=PATHS,
    body=st.dictionaries(FIELDS, JUNK, max_size=6) | JUNK | st.binary(max_size=40),
    native=st.booleans(),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_breaks_it(method: str, path: str, body: Any, native: bool) -> None:
    """Nothing that can be sent makes a 500, an exception, or a page where JSON belongs."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def ask() -> httpx.Response:
        sandbox = in_memory(SandboxOptions(native=native, offers_list=True, slots=9), lambda: START)
        transport = httpx.ASGITransport(app=sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.sandbox.test") as client:
            prefix = "" if native else "/kling"
            url = f"{prefix}/v1/videos/{path}"
            return await client.request(method, url, content=content, headers={"Authorization": "Bearer x"})

    answer = anyio.run(ask)
    assert answer.status_code in (200, 400, 404, 429)
    assert isinstance(answer.json()["code"], int)

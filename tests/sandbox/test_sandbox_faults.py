"""The script of faults: what it accepts, when a rule fires, and what each effect does to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from orchestrator.sandbox import FaultsError, load_faults, read_faults
from orchestrator.sandbox.faults import Call, Faults
from orchestrator.web import DroppedError

from .bench import Bench, extension

pytestmark = pytest.mark.anyio
MakeBench = Callable[..., Bench]


def rule(do: Any, action: str = "submit", **when: Any) -> dict[str, Any]:
    return {"when": {"action": action, **when}, "do": do}


WRONG = {
    "not a list": ({}, "a script is a list"),
    "an unknown key": ([{"if": {}}], "rule 1: 'if' is unknown"),
    "no action": ([{"when": {}, "do": "html"}], "rule 1: when: action must be one of"),
    "an unknown action": ([rule("html", "pay")], "action must be one of submit, query, list, fetch"),
    "an unknown kind": ([rule("html", kind="x")], "kind must be one of"),
    "a zeroth call": ([rule("html", nth=0)], "nth must be a whole number from 1"),
    "an unknown effect": ([rule("html"), rule("explode")], "rule 2: do: 'explode' is unknown"),
    "no effect": ([rule({})], "names no effect"),
    "an effect at the wrong call": ([rule("no_task_id", "query")], "no_task_id is for submit, not for query"),
    "a delay in words": ([rule({"delay": "long"})], "delay: wants a number above 0"),
    "a false flag": ([rule({"html": False})], "html: takes nothing but true"),
    "an empty text": ([rule({"fail": ""})], "fail: wants a text"),
    "a strange status": ([rule({"status": {"http": 99}})], "http must be a status from 200"),
    "a status without a body": ([rule({"status": {"http": 204}})], "that may have a body"),
    "a strange code": ([rule({"status": {"http": 400, "code": []}})], "code must be a number or a text"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_scripts(case: str) -> None:
    """A script that does not hold is refused with the rule's number and what to write instead."""
    script, message = WRONG[case]
    with pytest.raises(FaultsError) as caught:
        read_faults(script)
    assert message in str(caught.value)


def test_files(tmp_path: Path) -> None:
    """A script comes from a JSON file, and a message about it names the file."""
    good, bad, no_json = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "no.json"
    good.write_text(json.dumps([rule("html")]))
    bad.write_text(json.dumps([rule("explode")]))
    no_json.write_text("[")
    assert load_faults(good)[0].do.html
    for path in (bad, no_json, tmp_path / "missing.json"):
        with pytest.raises(FaultsError, match=path.name):
            load_faults(path)


def strikes(when: dict[str, Any], calls: int) -> list[bool]:
    faults = Faults(read_faults([rule("html", **when)]))
    return [faults.strike(Call("submit", "video-extend", prompt="koi")).html for _ in range(calls)]


def test_when_a_rule_fires() -> None:
    """`nth` fires once, `times` bounds how often, neither means always, and other calls do not count."""
    assert strikes({}, 3) == [True, True, True]
    assert strikes({"nth": 2}, 4) == [False, True, False, False]
    assert strikes({"times": 2}, 4) == [True, True, False, False]
    assert strikes({"nth": 2, "times": 2}, 4) == [False, True, True, False]
    assert strikes({"prompt_contains": "cat"}, 2) == [False, False]
    assert strikes({"kind": "text2video"}, 2) == [False, False]


def test_first_rule_decides_and_all_count() -> None:
    """Of two rules that fire the first decides; a rule that was passed over has counted the call."""
    faults = Faults(read_faults([rule("html", nth=1), rule("garbage", nth=2)]))
    call = Call("submit", "video-extend")
    assert faults.strike(call).html
    assert faults.strike(call).garbage


async def submit(table: Bench) -> httpx.Response:
    return await table.post("video-extend", extension())


@pytest.mark.parametrize(("effect", "paid"), [("drop_before", 0), ("drop_after", 1), ("truncate", 1)])
async def test_drops(bench: MakeBench, effect: str, paid: int) -> None:
    """A dropped connection leaves a payment behind exactly when the drop came after the work."""
    table = bench(faults=[rule(effect, nth=1)])
    with pytest.raises(DroppedError):
        await submit(table)
    assert len(table.sandbox.account.world.payments(table.clock())) == paid
    assert (await submit(table)).status_code == 200


@pytest.mark.parametrize(("effect", "paid"), [("status", 0), ("status_after", 1)])
async def test_made_up_statuses(bench: MakeBench, effect: str, paid: int) -> None:
    """A made-up status comes instead of the work or after it, with the code it was given."""
    fault = {effect: {"http": 502, "code": "bad_gateway", "message": "坏", "retry_after": 7}}
    table = bench(faults=[rule(fault, nth=1)])
    answer = await submit(table)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (502, "bad_gateway", "坏")
    assert answer.headers["retry-after"] == "7"
    assert len(table.sandbox.account.world.payments(table.clock())) == paid


async def test_status_without_a_code(bench: MakeBench) -> None:
    """A status without a code has no JSON body, as a proxy's 524."""
    answer = await submit(bench(faults=[rule({"status_after": {"http": 524}})]))
    assert (answer.status_code, answer.content) == (524, b"")


async def test_pages_and_garbage(bench: MakeBench) -> None:
    """HTML with 200, bytes that are no JSON, and a redirect come as they were ordered."""
    html = await submit(bench(faults=[rule("html")]))
    assert (html.status_code, html.headers["content-type"][:9]) == (200, "text/html")
    garbage = await submit(bench(faults=[rule("garbage")]))
    with pytest.raises(ValueError):
        garbage.json()
    moved = await submit(bench(faults=[rule({"redirect": "http://elsewhere.test/"})]))
    assert (moved.status_code, moved.headers["location"]) == (302, "http://elsewhere.test/")


@pytest.mark.parametrize("envelope", ["vendor", "flat"])
async def test_no_task_id(bench: MakeBench, envelope: str) -> None:
    """The task is made and paid for, and its id is nowhere in the answer."""
    table = bench(faults=[rule("no_task_id")], envelope=envelope)
    answer = await submit(table)
    (payment,) = table.sandbox.account.world.payments(table.clock())
    assert payment.task_id not in answer.text


async def test_shapes_of_a_query(bench: MakeBench) -> None:
    """The odd shapes seen at gateways, each at one query of a finished task."""
    effects = ["empty_data", "videos_null", "data_list", "string_code"]
    script = [rule(effect, "query", nth=number) for number, effect in enumerate(effects, 2)]
    table = bench(faults=script)
    task_id = (await table.extended())["task_id"]
    answers = {effect: (await table.get("video-extend", task_id)).json() for effect in effects}
    assert answers["empty_data"]["data"] == {}
    assert answers["videos_null"]["data"]["task_result"] == {"videos": None}
    assert answers["data_list"]["data"][0]["task_id"] == task_id
    assert answers["string_code"]["code"] == "0"


async def test_fates_over_http(bench: MakeBench) -> None:
    """A task can be told to fail with a message, and a stuck one never ends."""
    failed = await bench(faults=[rule({"fail": "GPU on fire"})]).extended()
    assert (failed["task_status"], failed["task_status_msg"]) == ("failed", "GPU on fire")
    assert (await bench(faults=[rule("stuck")]).extended())["task_status"] == "processing"
    assert (await bench(faults=[rule({"slow": 100})]).extended())["task_status"] == "processing"


async def test_delay(bench: MakeBench) -> None:
    """A delay holds the answer back after the work is done."""
    table = bench(faults=[rule({"delay": 30})])
    with anyio.move_on_after(0.05) as scope:
        await submit(table)
    assert scope.cancelled_caught
    assert len(table.sandbox.account.world.payments(table.clock())) == 1


async def test_faulty_files(bench: MakeBench) -> None:
    """A file can be a web page, cut in the middle, refused, or dropped, and then be whole again."""
    effects: list[Any] = ["not_video", "truncate", "drop_before", {"status": {"http": 403}}]
    script = [rule(effect, "fetch", nth=number) for number, effect in enumerate(effects, 1)]
    table = bench(faults=script)
    task = await table.extended()
    assert (await table.file(task)).headers["content-type"].startswith("text/html")
    for _ in range(2):
        with pytest.raises(DroppedError):
            await table.file(task)
    assert (await table.file(task)).status_code == 403
    assert (await table.file(task)).content[4:8] == b"ftyp"

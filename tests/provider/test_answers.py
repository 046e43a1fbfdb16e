"""Answers to questions: three envelopes, every code, and whatever else a host may send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import (
    CredentialsError,
    OrchestratorError,
    PaymentError,
    ProviderError,
    UnreachableError,
)
from orchestrator.facts import Reason
from orchestrator.ports import Failed, Missing, Running, Succeeded
from orchestrator.provider.answers import NotOfferedError
from orchestrator.provider.codes import TABLE
from tests.provider.wire import CREATED, answer, nested, reply, succeeded

PAGE = "<!DOCTYPE html><html></html>"


def test_the_documented_success_is_read_whole() -> None:
    """Every documented field of a finished task arrives, lengths exact and times aware."""
    found = answer(reply(succeeded()))
    assert isinstance(found, Succeeded)
    assert replace(found, raw=None) == Succeeded(
        task_id="t-1",
        video_id="video-1",
        url="https://files.example/v.mp4?sign=abc&t=1",
        duration=Decimal("9.6"),
        created_at=datetime(2024, 8, 4, 11, 5, 57, 708000, tzinfo=UTC),
        ended_at=datetime(2024, 8, 4, 11, 10, 57, 708000, tzinfo=UTC),
        parent_video="video-0",
        parent_duration=Decimal("5.1"),
        units=Decimal(2),
        external_id="ours",
    )
    assert found.raw is not None
    assert "sign=abc" not in found.raw


SHAPES = {
    "one-element array": {**succeeded(), "data": [succeeded()["data"]]},
    "code as text": {**succeeded(), "code": "0"},
    "nested": nested("SUCCESS", succeeded()),
    "nested, the vendor ahead": nested("IN_PROGRESS", succeeded()),
    "nested, the bare task": nested("SUCCESS", succeeded()["data"]),
    "nested, an array": nested("SUCCESS", {**succeeded(), "data": [succeeded()["data"]]}),
    "bare task": succeeded()["data"],
    "nested, failed but there": nested("FAILURE", succeeded(), fail_reason="timeout"),
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
def test_a_success_is_recognised_in_every_envelope(body: dict[str, Any]) -> None:
    """Whoever wraps it, the video is the same."""
    found = answer(reply(body))
    assert isinstance(found, Succeeded)
    assert (found.task_id, found.video_id, found.duration) == ("t-1", "video-1", Decimal("9.6"))


RUNNING = {
    "submitted": CREATED,
    "processing": succeeded(task_status="processing", task_result=None),
    "empty data": {"code": 0, "data": {}},
    "null data": {"code": 0, "message": "SUCCEED", "data": None},
    "empty array": {"code": 0, "data": []},
    "no status": {"code": 0, "data": {"task_id": "t-1"}},
    "status that is none": succeeded(task_status=["succeed"]),
    "nested, queued": nested("QUEUED", None),
    "nested, unknown": nested("UNKNOWN", {}),
    "nested, not refreshed": nested("IN_PROGRESS", {"code": 0, "data": None}),
    "nested, success without anything": nested("SUCCESS", None),
    "videos null": succeeded(task_result={"videos": None}),
    "videos empty": succeeded(task_result={"videos": []}),
    "result null": succeeded(task_result=None),
    "video without id": succeeded(task_result={"videos": [{"url": "https://x.example/a.mp4"}]}),
}


@pytest.mark.parametrize("body", RUNNING.values(), ids=RUNNING)
def test_what_has_not_clearly_ended_still_runs(body: dict[str, Any]) -> None:
    """A half-filled answer never fails or finishes a task: it would be paid for twice, or lost."""
    assert isinstance(answer(reply(body)), Running)


FAILED = {
    "risk control": (
        succeeded(task_status="failed", task_status_msg="Failure to pass the risk control system"),
        Reason.MODERATION,
    ),
    "chinese": (succeeded(task_status="failed", task_status_msg="内容未通过审核"), Reason.MODERATION),
    "other": (succeeded(task_status="failed", task_status_msg="internal error"), Reason.OTHER),
    "no reason": (succeeded(task_status="failed"), Reason.OTHER),
    "nested": (nested("FAILURE", None, fail_reason="RISK CONTROL"), Reason.MODERATION),
    "nested, vendor's word": (nested("SUCCESS", succeeded(task_status="failed")), Reason.OTHER),
}


@pytest.mark.parametrize(("body", "reason"), FAILED.values(), ids=FAILED)
def test_a_failed_task_says_whether_another_prompt_may_help(body: dict[str, Any], reason: Reason) -> None:
    """Moderation asks for another prompt, anything else for another attempt."""
    found = answer(reply(body))
    assert isinstance(found, Failed)
    assert found.reason is reason
    assert found.message


MISSING = {
    "vendor": (404, {"code": 1203, "message": "no such resource"}),
    "gateway": (400, {"code": "task_not_exist", "message": "task_not_exist"}),
    "gateway in words": (404, {"code": "not_found", "message": "task not found"}),
    "in a 200": (200, {"code": 1203, "message": "x"}),
}


@pytest.mark.parametrize(("status", "body"), MISSING.values(), ids=MISSING)
def test_a_task_that_the_provider_does_not_know_is_missing(status: int, body: object) -> None:
    """An unknown task is an answer, not an error: what follows from it is decided elsewhere."""
    assert isinstance(answer(reply(body, status)), Missing)


def error(code: object, message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message}


RAISED: dict[str, tuple[int, object, type[OrchestratorError]]] = {
    "page with 200": (200, PAGE, NotOfferedError),
    "page with 404": (404, PAGE, NotOfferedError),
    "plain 404": (404, "404 page not found", NotOfferedError),
    "gateway's 404": (404, {"error": {"message": "Invalid URL (GET /x)", "type": "e"}}, NotOfferedError),
    "method": (404, error(1202), NotOfferedError),
    "redirect": (302, "", NotOfferedError),
    "no key": (401, error(1001), CredentialsError),
    "bare 401": (401, "", CredentialsError),
    "unknown code with 401": (401, error(7), CredentialsError),
    "no permission": (403, error(1103), CredentialsError),
    "white list": (429, error(1304), CredentialsError),
    "no money": (429, error(1101), PaymentError),
    "quota": (403, error("quota_not_enough"), PaymentError),
    "busy": (429, error(1302), UnreachableError),
    "busy gateway": (429, error("x", "当前分组上游负载已饱和"), UnreachableError),
    "busy page": (429, PAGE, UnreachableError),
    "internal": (500, error(5000, "task not found"), UnreachableError),
    "backlog in a 200": (200, error(5002), UnreachableError),
    "bad gateway": (502, PAGE, UnreachableError),
    "524": (524, "", UnreachableError),
    "time-out": (408, "", UnreachableError),
    "nothing": (200, "", UnreachableError),
    "no channel": (503, error("x", "无可用渠道"), UnreachableError),
    "bad request": (400, error(1200), ProviderError),
    "moderation of a question": (400, error(1301), ProviderError),
    "unknown code": (200, error(7), ProviderError),
    "no json": (200, "ok", ProviderError),
    "too large": (200, None, ProviderError),
    "array": (200, "[]", ProviderError),
    "deep": (200, "[" * 100_000, ProviderError),
    "unpayable number": (200, '{"code":1e9999999999999999999}', ProviderError),
    "long number": (200, '{"code":' + "9" * 5000 + "}", ProviderError),
}


@pytest.mark.parametrize(("status", "body", "kind"), RAISED.values(), ids=RAISED)
def test_every_other_answer_is_one_of_our_errors(
    status: int, body: object, kind: type[OrchestratorError]
) -> None:
    """The class says who must act, and no question ever fails a task."""
    with pytest.raises(kind) as caught:
        answer(replace(reply(body, status), retry_after=9.0))
    if isinstance(caught.value, UnreachableError):
        assert caught.value.retry_after == 9.0


@pytest.mark.parametrize("code", TABLE)
def test_every_code_of_the_table_is_one_of_our_errors(code: int) -> None:
    """No code of the vendor's falls through, at its own status or in a 200."""
    for status in (TABLE[code].status, 200):
        if code == 1203:
            assert isinstance(answer(reply(error(code), status)), Missing)
            continue
        with pytest.raises(OrchestratorError):
            answer(reply(error(code), status))


ABSURD = ["NaN", "Infinity", "-1", "1e7", 10**9, "", "x", None, True, [], {}, "1e-999999", "9" * 100]


@pytest.mark.parametrize("duration", ABSURD, ids=repr)
def test_an_absurd_length_is_unknown(duration: object) -> None:
    """A length that cannot be is not added up: it is read from the file instead."""
    found = answer(reply(succeeded(task_result={"videos": [{"id": "v", "duration": duration}]})))
    assert isinstance(found, Succeeded)
    assert found.duration is None


@pytest.mark.parametrize(
    ("given_as", "read"), [("10.433", "10.433"), (5, "5"), (5.04, "5.04"), (" 9.6 ", "9.6")]
)
def test_lengths_are_exact(given_as: object, read: str) -> None:
    """Lengths are decimals as given, from text or number: the cap of 180 s hangs on their sum."""
    found = answer(reply(succeeded(task_result={"videos": [{"id": "v", "duration": given_as}]})))
    assert isinstance(found, Succeeded)
    assert found.duration == Decimal(read)


TIMES = [
    (1722769557708, datetime(2024, 8, 4, 11, 5, 57, 708000, tzinfo=UTC)),
    (1722769557, datetime(2024, 8, 4, 11, 5, 57, tzinfo=UTC)),
    ("1722769557708", datetime(2024, 8, 4, 11, 5, 57, 708000, tzinfo=UTC)),
    (0, None),
    (-5, None),
    (10**30, None),
    (12345, None),
    (True, None),
    ("soon", None),
    (None, None),
]


@pytest.mark.parametrize(("given_as", "read"), TIMES)
def test_times_are_milliseconds_or_seconds(given_as: object, read: datetime | None) -> None:
    """The 30 days of a video begin at its own creation; an absurd time is unknown."""
    found = answer(reply(succeeded(created_at=given_as, updated_at=None)))
    assert isinstance(found, Succeeded)
    assert (found.created_at, found.ended_at) == (read, None)


def test_an_end_before_the_beginning_is_unknown() -> None:
    """A host's skewed clock does not teach us that tasks take no time."""
    found = answer(reply(succeeded(updated_at=1722769557000)))
    assert isinstance(found, Succeeded)
    assert found.ended_at is None


@pytest.mark.parametrize("url", [None, 5, "javascript:alert(1)", "file:///etc/passwd", "v.mp4"])
def test_a_url_that_is_none_is_none(url: object) -> None:
    """Only web addresses are handed to whoever fetches."""
    found = answer(reply(succeeded(task_result={"videos": [{"id": "v", "url": url}]})))
    assert isinstance(found, Succeeded)
    assert found.url is None


def test_what_it_cost_is_read_in_both_forms() -> None:
    """Units come as text, a balance deduction as an object whose quota was taken."""
    balance = {"quota": "1.8", "list_price": "2.0"}
    found = answer(reply(succeeded(final_unit_deduction=3.5, final_balance_deduction=balance)))
    assert isinstance(found, Succeeded)
    assert (found.units, found.billed) == (Decimal("3.5"), Decimal("1.8"))


KEYS = [
    *succeeded()["data"],
    "code",
    "data",
    "error",
    "id",
    "videos",
    "status",
    "url",
    "duration",
    "parent_video",
]
WORDS = ["succeed", "failed", "SUCCESS", "FAILURE", "0", "success", "t-1", "\ud800"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@given(status=st.sampled_from([200, 301, 400, 401, 404, 429, 500]), body=JSON, inside=st.booleans())
def test_no_json_raises_anything_but_our_errors(status: int, body: object, inside: bool) -> None:
    """Hostile types in any place of any envelope are an answer or one of our errors, encodable as UTF-8."""
    shown = {"code": 0, "data": body} if inside else body
    try:
        found = answer(reply(shown, status))
    except OrchestratorError as raised:
        str(raised).encode()
        return
    repr(found).encode()
    if isinstance(found, Succeeded | Failed) and found.raw:
        found.raw.encode()


@given(content=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_errors(content: bytes) -> None:
    """Garbage is one of our errors."""
    with pytest.raises(OrchestratorError):
        answer(reply(content.decode("utf-8-sig", "replace")))

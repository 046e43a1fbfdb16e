"""The closed list as a table: what each answer to a submission means for the money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.facts import Reason
from orchestrator.ports import Accepted, Declined, Unclear
from orchestrator.provider.codes import TABLE
from orchestrator.provider.outcomes import outcome
from tests.provider.wire import CREATED, EXTENSION, nested, reply, succeeded

PAGE = "<!doctype html><html><body>welcome</body></html>"


def error(code: object, message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": "r"}


def test_the_documented_answer_is_accepted() -> None:
    """The task id of the documented answer is read, and never the request's."""
    found = outcome(reply({**CREATED, "request_id": "another"}), EXTENSION)
    assert isinstance(found, Accepted)
    assert (found.task_id, found.request_id, found.echoed) == ("CjikY2gHPbcAAAAABI5n9g", "another", False)


ACCEPTED = {
    "code-as-text": {**CREATED, "code": "0"},
    "no-code": {"data": CREATED["data"]},
    "one-element-array": {**CREATED, "data": [CREATED["data"]]},
    "numeric-id": {**CREATED, "data": {"task_id": 750113579146555415}},
    "gateway-object": {"id": "task_1", "task_id": "task_1", "object": "video", "status": "", "progress": 0},
    "gateway-object-id-only": {"id": "task_1", "object": "video", "model": "kling"},
    "gateway-nested": nested("SUBMITTED", CREATED),
    "unknown-keys": {**CREATED, "extra": [1, {"a": None}], "videos": None},
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_an_answer_with_a_task_id_is_accepted(body: dict[str, Any]) -> None:
    """Whatever envelope a gateway uses, a paid task is recognised by its id."""
    found = outcome(reply(body), EXTENSION)
    assert isinstance(found, Accepted)
    assert found.task_id in ("CjikY2gHPbcAAAAABI5n9g", "750113579146555415", "task_1", "t-1")


def test_an_echo_of_our_own_id_is_noticed() -> None:
    """Only the very id that was sent counts as echoed."""
    body = {**CREATED, "data": {"task_id": "t", "task_info": {"external_task_id": "ours"}}}
    for sent, echoed in (("ours", True), ("other", False), (None, False)):
        found = outcome(reply(body), replace(EXTENSION, external_id=sent))
        assert isinstance(found, Accepted)
        assert found.echoed is echoed


@pytest.mark.parametrize("code", TABLE)
@pytest.mark.parametrize("textual", [False, True])
@pytest.mark.parametrize("at", ["own", 200])
def test_every_code_of_the_table_means_what_it_says(code: int, textual: bool, at: str | int) -> None:
    """A code declines at its own HTTP status or in a 200; the 5000 family never declines a submission."""
    meaning = TABLE[code]
    status = meaning.status if at == "own" else 200
    found = outcome(reply(error(str(code) if textual else code), status), EXTENSION)
    if meaning.reason is None:
        assert isinstance(found, Unclear)
    else:
        assert isinstance(found, Declined)
        assert found.reason is meaning.reason
        assert found.code == str(code)


SATURATED = "当前分组上游负载已饱和，请稍后再试"
DECLINED: dict[str, tuple[int, object, Reason]] = {
    "no money, although 429": (429, error(1102, "Account balance not enough"), Reason.PAYMENT),
    "white list, although 429": (429, error(1304), Reason.CREDENTIALS),
    "no slot": (429, error(1303), Reason.BUSY),
    "gateway saturated": (429, error("upstream_error", SATURATED), Reason.BUSY),
    "gateway saturated, code 429 as text": (429, error("429", SATURATED), Reason.BUSY),
    "gateway quota": (403, error("insufficient_user_quota", "用户额度不足"), Reason.PAYMENT),
    "gateway quota, openai style": (429, {"error": {"code": "insufficient_quota"}}, Reason.PAYMENT),
    "gateway forbids": (403, error("model_forbidden", "该令牌无权使用"), Reason.CREDENTIALS),
    "gateway key": (
        401,
        {"error": {"code": "", "type": "x_error", "message": "无效的令牌"}},
        Reason.CREDENTIALS,
    ),
    "gateway 400": (400, error("invalid_request", "bad"), Reason.REFUSED),
    "gateway moderation": (400, error("sensitive_words_detected"), Reason.MODERATION),
    "no channel": (503, error("get_channel_failed", "分组 default 下无可用渠道"), Reason.BUSY),
    "no channel, openai style": (503, {"error": {"message": "无可用渠道（distributor）"}}, Reason.BUSY),
    "not extendable": (400, error(1201, "This video not supported extend-video"), Reason.REFUSED),
    "page with 200": (200, PAGE, Reason.REFUSED),
    "page with 404": (404, PAGE, Reason.REFUSED),
    "redirect": (302, "", Reason.REFUSED),
    "permanent redirect": (308, PAGE, Reason.REFUSED),
    "method": (405, PAGE, Reason.REFUSED),
    "too large": (413, "", Reason.REFUSED),
    "media type": (415, "", Reason.REFUSED),
}


@pytest.mark.parametrize(("status", "body", "reason"), DECLINED.values(), ids=DECLINED)
def test_what_surely_declines(status: int, body: object, reason: Reason) -> None:
    """Each entry of the closed list declines with the class that says who must act."""
    found = outcome(replace(reply(body, status), retry_after=7.0), EXTENSION)
    assert isinstance(found, Declined)
    assert found.reason is reason


def test_a_busy_gateway_may_be_a_poor_account_and_says_so() -> None:
    """Nobody waits for hours for a slot without having been told to look at the balance."""
    found = outcome(reply(error("upstream", SATURATED), 429), EXTENSION)
    assert isinstance(found, Declined)
    assert "no money" in found.message
    assert SATURATED in found.message


def test_retry_after_is_passed_on() -> None:
    """A busy provider's own waiting time reaches the gate."""
    found = outcome(replace(reply(error(1302), 429), retry_after=7.0), EXTENSION)
    assert isinstance(found, Declined)
    assert found.retry_after == 7.0


UNCLEAR: dict[str, tuple[int, object]] = {
    "internal": (500, error(5000)),
    "maintenance": (503, error(5001)),
    "backlog": (504, error(5002)),
    "bare 500": (500, ""),
    "524": (524, ""),
    "502 page": (502, PAGE),
    "503 page": (503, "<html>无可用渠道</html>"),
    "request time-out": (408, error("timeout")),
    "conflict": (409, error("conflict")),
    "no task id": (200, {"code": 0, "data": {}}),
    "null data": (200, {"code": 0, "data": None}),
    "no task id, only a request id": (
        200,
        {"code": 0, "request_id": "r", "data": {"task_status": "submitted"}},
    ),
    "unknown code": (200, error(7)),
    "unknown code at 400": (400, error(7)),
    "textual code at 404": (404, error("not_found")),
    "a code at another status": (400, error(1302)),
    "a boolean code": (200, error(True)),
    "textual code in a 200": (200, error("quota_not_enough")),
    "5000 as text at 429": (429, error("5000")),
    "cut json": (200, '{"code":0,"data":{"task_id":"t"'),
    "cut json sold as html": (200, '{"code":0,"da'),
    "nothing": (200, ""),
    "too large to read": (200, None),
    "not json": (200, "ok"),
    "array": (200, "[]"),
    "deep": (200, "[" * 100_000),
    "error that names a task": (200, {**CREATED, "code": 1201}),
    "failure that names a task": (500, CREATED),
    "page with 403": (403, PAGE),
    "page with 429": (429, PAGE),
    "the parent again": (200, {"code": 0, "data": {"task_id": "task-0"}}),
    "an id that is none": (200, {"code": 0, "data": {"task_id": "  "}}),
    "an id of a strange type": (200, {"code": 0, "data": {"task_id": ["t"]}}),
}


@pytest.mark.parametrize(("status", "body"), UNCLEAR.values(), ids=UNCLEAR)
def test_everything_else_is_unclear(status: int, body: object) -> None:
    """What is not on the closed list may have been paid for and is never submitted again blindly."""
    kind = "text/html" if body == '{"code":0,"da' else "application/json"
    assert isinstance(outcome(reply(body, status, kind), EXTENSION), Unclear)


@given(
    status=st.integers(100, 599),
    code=st.integers(-10, 6000) | st.text(max_size=9) | st.none() | st.booleans(),
)
def test_only_the_closed_list_declines(status: int, code: object) -> None:
    """No JSON error outside the listed statuses ever declines, whatever its code."""
    found = outcome(reply({"code": code, "message": "x", "data": None}, status), EXTENSION)
    assert not isinstance(found, Accepted)
    if isinstance(found, Declined):
        assert status in (200, 400, 401, 403, 404, 405, 413, 415, 429) or 300 <= status < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*succeeded()["data"], "code", "data", "error", "id"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(status=st.sampled_from([200, 400, 403, 429, 503]), body=JSON)
def test_no_answer_breaks_the_reading(status: int, body: object) -> None:
    """Whatever JSON a provider sends, a submission has one of three outcomes."""
    assert isinstance(outcome(reply(body, status), EXTENSION), Accepted | Declined | Unclear)


@given(text=st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever bytes a provider sends, a submission has one of three outcomes."""
    assert isinstance(outcome(reply(text), EXTENSION), Accepted | Declined | Unclear)

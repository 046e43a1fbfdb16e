"""The client over a table of answers: what is sent where, and what it makes of the answers."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from orchestrator.errors import CredentialsError, PaymentError, ProviderError, UnreachableError
from orchestrator.facts import Reason
from orchestrator.lineage import Echo
from orchestrator.plan import Image, Kind, Patience
from orchestrator.ports import (
    Absent,
    Accepted,
    CannotTell,
    Declined,
    Found,
    Missing,
    Running,
    Submission,
    Succeeded,
    Unclear,
)
from tests.provider.wire import (
    CREATED,
    EXTENSION,
    KEY,
    NOW,
    Raw,
    StandingClock,
    inquiry,
    listed,
    nested,
    provider,
    succeeded,
)

pytestmark = pytest.mark.anyio
SOON = 130.0


class Answers:
    """Gives its answers in turn, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.requests = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def failing(status: int, code: object, message: str = "no", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message}, headers=headers)


PAGE = httpx.Response(200, html="<!doctype html><html></html>")


async def test_the_documented_request_and_its_two_answers() -> None:
    """The gateway's own example goes out as documented, and both documented answers are understood."""
    answers = Answers(CREATED, succeeded())
    async with provider(answers) as client:
        accepted = await client.submit(EXTENSION, SOON)
        assert isinstance(accepted, Accepted)
        finished = await client.look_up(Kind.EXTEND, accepted.task_id)
    assert isinstance(finished, Succeeded)
    post, get = answers.requests
    assert (post.method, str(post.url)) == ("POST", "https://www.dmxapi.cn/kling/v1/videos/video-extend")
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert post.headers["content-type"] == "application/json"
    assert post.headers["connection"] == "close"
    assert json.loads(post.content) == {"task_id": "task-0", "video_id": "video-0", "prompt": "锦鲤跃出水面"}
    assert str(get.url) == "https://www.dmxapi.cn/kling/v1/videos/video-extend/CjikY2gHPbcAAAAABI5n9g"
    assert get.headers["accept-encoding"] == "identity"


async def test_the_vendor_is_asked_in_its_own_dialect() -> None:
    """No prefix, no task_id, and a signed token."""
    answers = Answers(CREATED)
    async with provider(answers, name="kling") as client:
        await client.submit(EXTENSION, SOON)
    (post,) = answers.requests
    assert str(post.url) == "https://api-beijing.klingai.com/v1/videos/video-extend"
    assert "task_id" not in json.loads(post.content)
    assert post.headers["authorization"].count(".") == 2


async def test_an_id_cannot_leave_its_place_in_the_url() -> None:
    """An id with slashes asks for that id and not for another route."""
    answers = Answers(CREATED)
    async with provider(answers) as client:
        await client.look_up(Kind.TEXT, "../a/b?c=1#d==")
    assert answers.requests[0].url.raw_path == b"/kling/v1/videos/text2video/..%2Fa%2Fb%3Fc%3D1%23d%3D%3D"


@pytest.mark.parametrize("late", [[130.0], [200.0]])
async def test_a_late_submission_never_leaves(late: list[float]) -> None:
    """An intent that has expired is not sent: whoever reconciles relies on it."""
    answers = Answers(CREATED)
    async with provider(answers, StandingClock(steps=list(late))) as client:
        found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNSENT
    assert not answers.requests


@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), OSError("x")])
async def test_a_submission_is_never_repeated(error: Exception) -> None:
    """One call is one request, whatever happens to it."""
    answers = Answers(error)
    async with provider(answers) as client:
        assert isinstance(await client.submit(EXTENSION, SOON), Unclear)
    assert len(answers.requests) == 1


async def test_an_endless_wait_for_an_answer_is_unclear() -> None:
    """A submission takes no longer than the patience for answers."""

    async def hanging(request: httpx.Request) -> httpx.Response:
        await anyio.sleep(30)
        raise AssertionError

    async with provider(hanging, patience=Patience(answer=0.05)) as client:
        found = await client.submit(EXTENSION, SOON)
    assert isinstance(found, Unclear)


async def test_an_expired_token_declines_once_as_passing() -> None:
    """A token that ran out is no reason to stop an account: the next attempt is signed afresh."""
    clock = StandingClock()
    answers = Answers(failing(401, 1004))
    async with provider(answers, clock, name="kling") as client:
        first = await client.submit(EXTENSION, SOON)
        clock.at += timedelta(seconds=2)
        second = await client.submit(EXTENSION, SOON)
    assert isinstance(first, Declined)
    assert isinstance(second, Declined)
    assert (first.reason, second.reason) == (Reason.UNREACHABLE, Reason.CREDENTIALS)
    assert len(answers.requests) == 2


@pytest.mark.parametrize("refused", [failing(401, 1003), failing(401, 1004), httpx.Response(401)])
async def test_a_question_is_signed_afresh_once(refused: httpx.Response) -> None:
    """A refused token costs one more question; a refused fresh one is the operator's matter."""
    clock = StandingClock()
    answers = Answers(refused, CREATED)
    async with provider(answers, clock, name="kling") as client:
        assert isinstance(await client.look_up(Kind.EXTEND, "t"), Running)
        answers.answers = [refused]
        with pytest.raises(CredentialsError):
            await client.look_up(Kind.EXTEND, "t")
    assert len(answers.requests) == 3


async def test_an_api_key_is_not_asked_with_twice() -> None:
    """The same refused key is not sent again."""
    answers = Answers(failing(401, 1002))
    async with provider(answers) as client:
        with pytest.raises(CredentialsError):
            await client.look_up(Kind.EXTEND, "t")
    assert len(answers.requests) == 1


RAISED = [
    (failing(429, 1102), PaymentError),
    (failing(429, 1302), UnreachableError),
    (httpx.ReadTimeout("x"), UnreachableError),
    (httpx.LocalProtocolError("x"), ProviderError),
    (httpx.Response(307, headers={"location": "https://evil.example"}), ProviderError),
    (PAGE, ProviderError),
]


@pytest.mark.parametrize(("answer", "kind"), RAISED)
async def test_a_failed_question_is_one_of_our_errors(answer: object, kind: type[Exception]) -> None:
    """Errors and answers alike, with the cause kept where there is one; and no redirect is followed."""
    answers = Answers(answer)
    async with provider(answers) as client:
        with pytest.raises(kind) as caught:
            await client.look_up(Kind.EXTEND, "t")
    assert caught.value.__cause__ is (answer if isinstance(answer, Exception) else None)
    assert len(answers.requests) == 1


async def test_retry_after_reaches_whoever_waits() -> None:
    """Seconds and dates are honoured, for submissions and questions."""
    date = "Sun, 01 Nov 2026 12:00:30 GMT"
    busy = (failing(429, 1302, **{"Retry-After": "7"}), failing(429, 1302, **{"Retry-After": date}))
    async with provider(Answers(*busy)) as client:
        declined = await client.submit(EXTENSION, SOON)
        with pytest.raises(UnreachableError) as caught:
            await client.look_up(Kind.EXTEND, "t")
    assert isinstance(declined, Declined)
    assert (declined.retry_after, caught.value.retry_after) == (7.0, 30.0)


BOMB = gzip.compress(b" " * 50_000_000)


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip", "identity"])
async def test_a_bomb_is_not_unpacked(encoding: str) -> None:
    """An answer too large to be one is unclear for a submission, and an error for a question."""
    content = b" " * 2_000_000 if encoding == "identity" else BOMB

    def bombing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Raw(content), headers={"content-encoding": encoding})

    async with provider(bombing) as client:
        assert isinstance(await client.submit(EXTENSION, SOON), Unclear)
        with pytest.raises(ProviderError):
            await client.look_up(Kind.EXTEND, "t")


async def test_a_bomb_takes_no_memory() -> None:
    """Fifty thousand bytes that unpack to fifty million are given up after the first million."""

    def bombing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Raw(BOMB), headers={"content-encoding": "gzip"})

    async with provider(bombing) as client:
        tracemalloc.start()
        await client.submit(EXTENSION, SOON)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10_000_000


async def test_a_compressed_answer_is_read_though_nobody_asked_for_it() -> None:
    """A gateway that compresses anyway does not make paid submissions unclear."""
    packed = gzip.compress(json.dumps(CREATED).encode())

    def packing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Raw(packed), headers={"content-encoding": "gzip"})

    async with provider(packing) as client:
        assert isinstance(await client.submit(EXTENSION, SOON), Accepted)


async def test_what_repeats_the_key_is_kept_without_it() -> None:
    """An answer that echoes the request leaves no key in outcomes, raw texts or errors."""
    echo = {"code": 1002, "message": f"bad key {KEY}", "request": {"authorization": f"Bearer {KEY}"}}
    answers = Answers(httpx.Response(401, json=echo))
    async with provider(answers) as client:
        assert KEY not in repr(client)
        found = await client.submit(EXTENSION, SOON)
        with pytest.raises(CredentialsError) as caught:
            await client.look_up(Kind.EXTEND, "t")
    assert isinstance(found, Declined)
    assert found.raw
    assert KEY not in f"{found!r} {caught.value}"


async def test_no_cookie_is_kept() -> None:
    """A host does not recognise who asked before."""
    answers = Answers(httpx.Response(200, json=CREATED, headers={"set-cookie": "a=b; Path=/"}))
    async with provider(answers) as client:
        await client.look_up(Kind.EXTEND, "t")
        await client.look_up(Kind.EXTEND, "t")
    assert "cookie" not in answers.requests[1].headers


async def test_the_floor_follows_what_the_gateway_shows() -> None:
    """A gateway that refreshes each 15 s is asked no faster, once it was seen to; the sandbox as it runs."""
    async with provider(Answers(nested("IN_PROGRESS", CREATED))) as client:
        assert client.floor == 5
        await client.look_up(Kind.EXTEND, "t")
        assert client.floor == 15


@pytest.mark.parametrize("location", ["/elsewhere", "https://[::1", "//", "\x7f", ""])
async def test_a_redirected_submission_is_declined_wherever_it_points(location: str) -> None:
    """A target that is no URL makes a redirect no less of a refusal."""
    answers = Answers(httpx.Response(307, headers={"location": location}))
    async with provider(answers) as client:
        assert isinstance(await client.submit(EXTENSION, SOON), Declined)
        with pytest.raises(ProviderError):
            await client.look_up(Kind.EXTEND, "t")
    assert len(answers.requests) == 2


@pytest.mark.parametrize(("speed", "floor"), [(1, 5.0), (10, 0.5), (1000, 0.1)])
async def test_the_sandbox_is_asked_as_fast_as_it_runs(speed: float, floor: float) -> None:
    """A hasty sandbox does not wait for a real gateway's pace."""
    base: dict[str, Any] = {"name": "sandbox", "base_url": "http://127.0.0.1:1", "speed": speed}
    async with provider(Answers(CREATED), **base) as client:
        assert client.floor == floor


# ---- finding out


def routes(**by: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by what is asked: `own` for our id, `before` for an echoed one, `page1` … for the list."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = request.url.params.get("pageNum")
        own = "before" if request.url.path.endswith("/before") else "own"
        found = by.get(own if page is None else f"page{page}", {"code": 0, "data": []})
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return answer


def page(*tasks: object) -> dict[str, object]:
    return {"code": 0, "message": "SUCCEED", "data": list(tasks)}


ABSENT_ID = failing(404, 1203)


async def test_our_own_id_finds_the_task_at_once() -> None:
    """Where the provider knows our ids, one question settles it."""
    answers = Answers(succeeded())
    async with provider(answers, name="kling") as client:
        found = await client.find(inquiry(external_id="ours"))
    assert isinstance(found, Found)
    assert (found.task_id, found.echoed) == ("t-1", True)
    assert answers.requests[0].url.path == "/v1/videos/video-extend/ours"
    assert found.raw is not None


async def test_an_unknown_own_id_counts_only_at_a_host_that_finds_another_one() -> None:
    """A host that drops the field, or cannot look it up, knows none of our ids: its 404 proves nothing."""
    echo = Echo("before", "t-1")
    kept = succeeded(task_info={"external_task_id": "before"})
    hosts = {
        "no echo was seen": (None, kept, CannotTell),
        "finds it": (echo, kept, Absent),
        "does not find it": (echo, ABSENT_ID, CannotTell),
        "finds another task": (Echo("before", "t-9"), kept, CannotTell),
        "does not offer it": (echo, PAGE, CannotTell),
    }
    for name, (seen, control, verdict) in hosts.items():
        answers = routes(own=ABSENT_ID, before=control, page1=page(listed("a")))
        async with provider(answers, name="kling") as client:
            found = await client.find(inquiry(external_id="ours", echo=seen))
        assert isinstance(found, verdict), name


@pytest.mark.parametrize("answer", [failing(400, 1201), failing(200, 7), httpx.Response(200, text="?")])
async def test_what_a_host_says_to_a_strange_id_decides_nothing(answer: httpx.Response) -> None:
    """An undocumented refusal leads on to the list, and from a list to nobody being able to tell."""
    async with provider(routes(own=answer, page1=page(listed("x", -3)))) as client:
        found = await client.find(inquiry(external_id="ours"))
    assert isinstance(found, CannotTell)
    assert found.candidates == ("x",)
    async with provider(routes(page1=answer)) as client:
        found = await client.find(inquiry())
    assert isinstance(found, CannotTell)
    assert not found.final


async def test_a_task_under_our_id_that_does_not_name_it_is_not_ours() -> None:
    """A gateway that answers some task to any id does not make it ours."""
    other = succeeded(task_info={})
    async with provider(routes(own=other, page1=page()), name="kling") as client:
        assert isinstance(await client.find(inquiry(external_id="ours")), Absent)


async def test_the_list_is_read_page_by_page_back_past_the_intent() -> None:
    """Our task is found on a later page, and reading stops where the list is older than the intent."""
    pages = {
        "page1": page(listed("x", 900), listed("y", 800)),
        "page2": page(listed("mine", 5), listed("old", -3600)),
        "page3": failing(500, 5000),
    }
    async with provider(routes(**pages)) as client:
        found = await client.find(inquiry(alone=True))
    assert isinstance(found, Found)
    assert (found.task_id, found.echoed) == ("mine", False)


NO_LISTS = [
    PAGE,
    httpx.Response(404),
    failing(404, 1203),
    failing(404, 1202),
    httpx.Response(302),
    httpx.Response(405),
]


@pytest.mark.parametrize("refusal", NO_LISTS)
async def test_a_gateway_without_lists_is_asked_once(refusal: httpx.Response) -> None:
    """Where nobody can tell, the person is asked at once and the gateway not again."""
    answers = Answers(refusal)
    async with provider(answers) as client:
        first, second = await client.find(inquiry()), await client.find(inquiry())
    assert isinstance(first, CannotTell)
    assert isinstance(second, CannotTell)
    assert first.final
    assert second.final
    assert len(answers.requests) == 1


async def test_a_list_that_fails_is_asked_again() -> None:
    """A passing failure says nothing about the task, nor about lists."""
    answers = Answers(failing(500, 5000), page())
    async with provider(answers) as client:
        with pytest.raises(UnreachableError):
            await client.find(inquiry())
        assert isinstance(await client.find(inquiry()), Absent)


async def test_a_missing_task_is_an_answer() -> None:
    """The gateway's unknown task is no error."""
    async with provider(Answers(failing(400, "task_not_exist"))) as client:
        assert isinstance(await client.look_up(Kind.EXTEND, "t"), Missing)


async def test_a_picture_that_changed_is_not_sent() -> None:
    """Nothing leaves for a submission that cannot be written."""
    answers = Answers(CREATED)
    async with provider(answers) as client:
        found = await client.submit(Submission(Kind.IMAGE, image=Image(path="/nowhere.png")), SOON)
    assert isinstance(found, Declined)
    assert not answers.requests


async def test_now_is_only_a_value() -> None:
    """The clock of these tests stands, so that none of them depends on the day it runs."""
    assert StandingClock().now() == NOW

"""Answers as the provider documents them, a clock that stands, and a provider without a network."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from orchestrator.facts import AttemptBegun
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Echo
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.ports import Answer, Inquiry, Missing, Provider, Submission
from orchestrator.provider import open_provider
from orchestrator.provider.answers import judged, opened
from orchestrator.provider.reply import Reply
from orchestrator.provider.tasks import shown
from orchestrator.provider.verbatim import verbatim

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
KEY = "sk-fixed-and-very-secret"
ENVIRON = {
    "DMXAPI_API_KEY": KEY,
    "KLING_ACCESS_KEY": "access-key-0001",
    "KLING_SECRET_KEY": "secret-key-0001",
}
Answering = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
EXTENSION = Submission(Kind.EXTEND, prompt="锦鲤跃出水面", parent_task="task-0", parent_video="video-0")

# The two answers that the protocol page documents (§3).
CREATED = {
    "code": 0,
    "message": "SUCCEED",
    "request_id": "CjikY2gHPbcAAAAABI5n9g",
    "data": {
        "task_id": "CjikY2gHPbcAAAAABI5n9g",
        "task_status": "submitted",
        "created_at": 1746773850590,
        "updated_at": 1746773850590,
    },
}
SIGNED = "https://files.example/v.mp4?sign=abc&t=1"


def succeeded(**task: Any) -> dict[str, Any]:
    """The documented answer about a task that succeeded, parts of the task replaced."""
    return {
        "code": 0,
        "message": "SUCCEED",
        "request_id": "r",
        "data": {
            "task_id": "t-1",
            "task_status": "succeed",
            "task_status_msg": "",
            "task_info": {
                "parent_video": {"id": "video-0", "url": SIGNED, "duration": "5.1"},
                "external_task_id": "ours",
            },
            "task_result": {
                "videos": [{"id": "video-1", "url": SIGNED, "watermark_url": SIGNED, "duration": "9.6"}]
            },
            "final_unit_deduction": "2",
            "created_at": 1722769557708,
            "updated_at": 1722769857708,
            **task,
        },
    }


def nested(status: str, inner: object, **outer: Any) -> dict[str, Any]:
    """The gateway's envelope around the vendor's."""
    task = {"task_id": "t-1", "status": status, "progress": "100%", "fail_reason": "", **outer, "data": inner}
    return {"code": "success", "message": "", "data": task}


def reply(body: object, status: int = 200, content_type: str = "application/json") -> Reply:
    """An answer as a value; text goes as it is, anything else as JSON."""
    text = body if isinstance(body, str | None) else json.dumps(body, ensure_ascii=False)
    return Reply(status, text, content_type)


def answer(given: Reply, task_id: str = "t-1") -> Answer:
    """What a question's answer means, as the client puts it together."""
    said = opened(given)
    return said if isinstance(said, Missing) else judged(shown(said.data), task_id, verbatim(given.text))


def begun(**more: Any) -> AttemptBegun:
    """An intent to extend video-0."""
    values: dict[str, Any] = {
        "at": NOW,
        "take": TakeKey("take"),
        "number": 1,
        "step": StepKey("step"),
        "take_number": 1,
        "parent": TakeKey("parent"),
        "run": "run",
        "account": "dmxapi",
        "plan": "p",
        "chain": "c",
        "place": "p:c.1",
        "kind": Kind.EXTEND,
        "expires": NOW + timedelta(seconds=30),
        "parent_task": "task-0",
        "parent_video": "video-0",
    }
    return AttemptBegun(**{**values, **more})


def inquiry(
    *,
    external_id: str | None = None,
    kind: Kind = Kind.EXTEND,
    known: tuple[str, ...] = (),
    echo: Echo | None = None,
    alone: bool = False,
) -> Inquiry:
    """A question for the task of `begun`, sent around NOW."""
    parent = "video-0" if kind is Kind.EXTEND else None
    return Inquiry(
        begun=begun(external_id=external_id, kind=kind, parent_video=parent),
        since=NOW - timedelta(minutes=1),
        until=NOW + timedelta(minutes=2),
        known=frozenset(known),
        echo=echo,
        alone=alone,
    )


def listed(
    task_id: str, seconds: float = 0, parent: str | None = "video-0", external_id: str | None = None
) -> dict[str, Any]:
    """One task of a list, created this many seconds after NOW."""
    info: dict[str, Any] = {} if parent is None else {"parent_video": {"id": parent}}
    if external_id is not None:
        info["external_task_id"] = external_id
    created = int((NOW.timestamp() + seconds) * 1000)
    return {"task_id": task_id, "task_status": "processing", "task_info": info, "created_at": created}


@dataclass
class StandingClock:
    """Stands still until it is moved."""

    at: datetime = NOW
    seconds: float = 100.0
    steps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The time of day it was set to."""
        return self.at

    def monotonic(self) -> float:
        """The seconds it was set to; afterwards those of `steps`, one for each question."""
        if self.steps:
            self.seconds = self.steps.pop(0)
        return self.seconds


class Raw(httpx.AsyncByteStream):
    """Content as it is, whatever the headers say."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        yield self.content


class Network(httpx.AsyncBaseTransport):
    """A function in place of the network; unlike httpx's own, its answers can be streamed."""

    def __init__(self, answers: Answering) -> None:
        self.answers = answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What the function answers or raises."""
        await request.aread()
        found = self.answers(request)
        response = found if isinstance(found, httpx.Response) else await found
        if not response.is_stream_consumed:
            return response
        return httpx.Response(response.status_code, headers=response.headers, stream=Raw(response.content))


@asynccontextmanager
async def provider(
    answers: Answering,
    clock: StandingClock | None = None,
    environ: dict[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[Provider]:
    """A provider whose network is a function."""
    async with open_provider(
        ProviderSettings(**settings),
        base_url=None,
        environ=ENVIRON if environ is None else environ,
        clock=clock or StandingClock(),
        transport=Network(answers),
    ) as opened_provider:
        yield opened_provider

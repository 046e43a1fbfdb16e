"""Runs that are told when a task ends: asked at once, and nothing else is different, whoever tells what."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import anyio
import httpx
import pytest

from orchestrator.facts import Fact, TaskSucceeded
from orchestrator.plan import Limits
from orchestrator.planner import Ending, Finish
from orchestrator.provider import Notices, open_provider
from orchestrator.provider.notices import signature
from orchestrator.runner import Bounds, DiskArchive, Outside, Runner
from orchestrator.sandbox import EXAMPLE, SandboxOptions, in_memory
from orchestrator.store import Home, open_journal
from orchestrator.web import LetterBox
from tests.scenarios.stage import API, FILES, Notebook, VirtualClock, Wire, a_plan, in_line

pytestmark = pytest.mark.anyio

SECRET = b"a secret of the studio's own"
PLAN = a_plan("one", "two", "three")

Headers = dict[str, str]


@dataclass
class Told:
    """One run of three steps whose sandbox posts to the letter box of the run, on virtual time.

    `meddle` sees every notice on its way, and sends on what it likes.
    """

    folder: Path
    secret: bytes | None = None
    url: str | None = "http://127.0.0.1:8770/"
    meddle: Callable[[Told, Headers, bytes], Awaitable[None]] | None = None
    questions: list[tuple[str, float]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def post(self, url: str, headers: Headers, body: bytes) -> None:
        assert url == self.url
        if self.meddle is not None:
            await self.meddle(self, headers, body)
        else:
            await self.deliver(headers, body)

    async def deliver(self, headers: Headers, body: bytes) -> None:
        """One notice, through the letter box that the command opens."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=LetterBox(self.take))) as client:
            answer = await client.post("http://127.0.0.1:8770/", headers=headers, content=body)
        self.statuses.append(answer.status_code)

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """As the command wires it."""
        heard = self.notices.hear(headers, body)
        if heard.task_id is not None:
            self.runner.hint(heard.task_id)
        return heard.status

    async def run(self) -> Told:
        self.clock, notes = VirtualClock(), Notebook()
        written = "" if self.secret is None else "whsec_" + base64.b64encode(self.secret).decode()
        options = SandboxOptions(callback_secret=written)
        sandbox = in_memory(options, self.clock.milliseconds, file_base=FILES, post=self.post)
        self.notices = Notices(self.secret, self.clock)
        home, wire = Home(self.folder / ".orchestrate"), Watched(Wire(sandbox.app), self.questions)
        with open_journal(home, submitter=True) as journal:
            async with open_provider(
                PLAN.provider,
                base_url=API,
                environ={},
                clock=self.clock,
                transport=wire,
                callback_url=self.url,
            ) as provider:
                archive = DiskArchive(home.folder, in_line, Bounds(room=0))
                providers = {PLAN.provider.account: provider}
                outside = Outside(journal, providers, archive, self.clock, notes, 600)
                self.runner = Runner((PLAN,), outside, "run", Limits())
                async with anyio.create_task_group() as beside:
                    beside.start_soon(sandbox.app.run)
                    self.result = await self.runner.run()
                    beside.cancel_scope.cancel()
        self.facts: list[Fact] = notes.facts
        account = sandbox.account
        self.paid = [payment.prompt for payment in account.world.payments(account.now())]
        self.delays = [_delay(fact) for fact in notes.facts if isinstance(fact, TaskSucceeded)]
        return self


def _delay(fact: TaskSucceeded) -> float:
    """Seconds between a task's end, by the provider's clock, and our knowing of it."""
    assert isinstance(fact.ended_at, datetime)
    return (fact.at - fact.ended_at).total_seconds()


@dataclass
class Watched(httpx.AsyncBaseTransport):
    """The network, and what was asked when."""

    inner: httpx.AsyncBaseTransport
    questions: list[tuple[str, float]]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and "/v1/videos/" in request.url.path:
            self.questions.append((request.url.path.rpartition("/")[2], anyio.current_time()))
        return await self.inner.handle_async_request(request)


def asked(told: Told) -> list[tuple[str, float]]:
    """The questions with the seconds since the first of them: no run begins at the same instant."""
    return [(task, round(at - told.questions[0][1], 3)) for task, at in told.questions]


@pytest.mark.parametrize("secret", [None, SECRET], ids=["unsigned", "signed"])
async def test_a_told_run_asks_as_soon_as_a_task_ends(secret: bytes | None, tmp_path: Path) -> None:
    """Every task is known to have ended within seconds, with no more questions than polling asks."""
    untold = await Told(tmp_path / "untold", url=None).run()
    told = await Told(tmp_path / "told", secret=secret).run()
    (view,) = told.result.views
    assert isinstance(view.end, Finish)
    assert view.end.ending is Ending.DONE
    assert told.paid == untold.paid == ["one", "two", "three"]
    assert set(told.statuses) == {204}
    assert len(told.statuses) == 6, "processing and succeed of each"
    assert max(told.delays) < 5.5, "the floor between two questions, and the sandbox's own tick"
    assert sum(told.delays) < sum(untold.delays)
    assert len(told.questions) <= len(untold.questions)


async def unsigned(told: Told, headers: Headers, body: bytes) -> None:
    await told.deliver({}, ended(body))


async def of_another_secret(told: Told, headers: Headers, body: bytes) -> None:
    forged = ended(body)
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    await told.deliver(headers | {"webhook-signature": signature(b"guessed", name, stamp, forged)}, forged)


async def tampered(told: Told, headers: Headers, body: bytes) -> None:
    await told.deliver(headers, ended(body) + b" ")


async def of_yesterday(told: Told, headers: Headers, body: bytes) -> None:
    await told.deliver(signed(ended(body), told.clock.now() - timedelta(minutes=6)), ended(body))


async def of_tomorrow(told: Told, headers: Headers, body: bytes) -> None:
    await told.deliver(signed(ended(body), told.clock.now() + timedelta(minutes=6)), ended(body))


async def oversized(told: Told, headers: Headers, body: bytes) -> None:
    large = ended(body) + b" " * 64 * 1024
    await told.deliver(signed(large, told.clock.now()), large)


async def of_a_task_that_is_not_ours(told: Told, headers: Headers, body: bytes) -> None:
    other = json.dumps({"task_id": "somebody-elses", "task_status": "succeed"}).encode()
    await told.deliver(signed(other, told.clock.now()), other)


async def unreadable(told: Told, headers: Headers, body: bytes) -> None:
    await told.deliver(signed(b"[" * 1000, told.clock.now()), b"[" * 1000)


def ended(body: bytes) -> bytes:
    """The notice, saying that its task has ended."""
    return json.dumps(json.loads(body) | {"task_status": "succeed"}).encode()


def signed(body: bytes, at: datetime) -> Headers:
    name, stamp = f"made-{len(body)}-{at}", str(int(at.timestamp()))
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(SECRET, name, stamp, body),
    }


@pytest.mark.parametrize(
    ("meddle", "status"),
    [
        (unsigned, 401),
        (of_another_secret, 401),
        (tampered, 401),
        (of_yesterday, 401),
        (of_tomorrow, 401),
        (oversized, 413),
        (of_a_task_that_is_not_ours, 204),
        (unreadable, 400),
    ],
)
async def test_what_is_not_to_be_believed_changes_nothing(
    meddle: Callable[[Told, Headers, bytes], Awaitable[None]], status: int, tmp_path: Path
) -> None:
    """Forged, stale, oversized and foreign notices: the same questions at the same instants as with none."""
    untold = await Told(tmp_path / "untold", url=None).run()
    told = await Told(tmp_path / "told", secret=SECRET, meddle=meddle).run()
    assert told.statuses == [status] * 6
    assert asked(told) == asked(untold)
    assert told.paid == untold.paid


async def test_a_notice_that_is_sent_again_asks_once(tmp_path: Path) -> None:
    """Replayed ten times, by a patient provider or by an eavesdropper: the questions of one."""

    async def again(told: Told, headers: Headers, body: bytes) -> None:
        for _ in range(10):
            await told.deliver(headers, body)
            await anyio.sleep(6)

    once = await Told(tmp_path / "once", secret=SECRET).run()
    often = await Told(tmp_path / "often", secret=SECRET, meddle=again).run()
    assert asked(often) == asked(once)


@pytest.mark.parametrize("secret", [None, SECRET], ids=["unsigned", "signed"])
async def test_a_notice_that_comes_too_early_is_only_a_question(secret: bytes | None, tmp_path: Path) -> None:
    """Ten cries of "ended" while a task runs: our own question decides, asked once a floor at most."""

    async def early(told: Told, headers: Headers, body: bytes) -> None:
        for number in range(10):
            cry = ended(body) + b" " * number
            await told.deliver(signed(cry, told.clock.now()), cry)

    untold = await Told(tmp_path / "untold", url=None).run()
    told = await Told(tmp_path / "told", secret=secret, meddle=early).run()
    assert told.paid == untold.paid
    assert [type(fact) for fact in told.facts] == [type(fact) for fact in untold.facts]
    assert len(told.questions) <= len(untold.questions) + 6
    for task in {name for name, _ in told.questions} - {EXAMPLE.task_id}:
        times = [at for name, at in told.questions if name == task]
        assert all(later - sooner >= 4.999 for sooner, later in pairwise(times)), times

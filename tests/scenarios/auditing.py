"""Holds a journal against the provider's statement: what is paid is known, what is known is true."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx

from orchestrator.budget import ledger
from orchestrator.facts import AttemptBegun, Recorded
from orchestrator.lineage import Lineage, is_forest
from orchestrator.plan import Kind
from orchestrator.planner import Planner, Run, ended
from orchestrator.resolved import Kept, read_resolved
from orchestrator.sandbox import Payment
from orchestrator.store import RecalledLineage, open_reader
from orchestrator.store.connecting import connect
from orchestrator.store.transacting import rebuild, transaction
from tests.scenarios.bookkeeping import Agreement, Book, Line, State
from tests.scenarios.stage import Stage, Wire
from tests.store.conftest import tables
from tests.store.recalled import compare

SCRIPTED = "scripted"
"""A word in the message of every refusal that a script of faults made up."""

Wish = tuple[str, str, str]
"""All that tells one submission from another without an id of ours: kind, parent's video, prompt."""


class Tap(httpx.AsyncBaseTransport):
    """The wire, seen by somebody who knows the journal: nothing leaves that was not begun, or twice."""

    def __init__(self, stage: Stage, planted: frozenset[str]) -> None:
        self._wire = Wire(stage.sandbox.app)
        self._journal = stage.home.journal
        self._planted = planted
        self._sent: Counter[Wish] = Counter()
        self._ids: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return await self._wire.handle_async_request(request)
        body = json.loads(await request.aread())
        self._judge(request.url.path.rpartition("/")[2], body)
        response = await self._wire.handle_async_request(request)
        answer = await response.aread()
        self._judge_refusal(body, response.status_code, answer)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(answer), request=request
        )

    def _judge(self, kind: str, body: Mapping[str, str]) -> None:
        wish = (kind, body.get("video_id", ""), body.get("prompt", ""))
        self._sent[wish] += 1
        with open_reader(self._journal) as reader:
            begun = Counter(wish_of(each.fact) for each in reader.facts() if _is_intent(each))
        assert self._sent[wish] <= begun[wish], f"{wish} was sent more often than it was begun"
        external = body.get("external_task_id")
        assert external is None or external not in self._ids, f"{wish} was sent twice under one id"
        self._ids |= {external} if external else set()

    def _judge_refusal(self, body: Mapping[str, str], status: int, text: bytes) -> None:
        """The planner knows the laws: only what it cannot know, a script or moderation, is refused."""
        known = SCRIPTED.encode() in text or b"risk control" in text or body.get("video_id") in self._planted
        assert status not in (400, 404) or known, f"{dict(body)} was refused: {text!r}"


def wish_of(begun: object) -> Wish:
    """What an intent looks like on the wire."""
    assert isinstance(begun, AttemptBegun)
    return begun.kind.value, begun.parent_video or "", begun.prompt or ""


def paid_as(payment: Payment) -> Wish:
    """What a payment looked like on the wire."""
    return payment.kind, payment.parent_video_id, payment.prompt


def audit(stage: Stage, agreed: Mapping[str, Agreement]) -> Book:
    """Everything that holds after any run, however it ended, and after any word of a person."""
    with open_reader(stage.home.journal) as reader:
        recorded = tuple(reader.facts())
        lineage = Lineage(recorded)
        compare(reader, lineage)
        _audit_ends(lineage, RecalledLineage(reader))
    book = Book(agreed).read(recorded)
    assert is_forest(lineage)
    account = stage.sandbox.account
    _audit_payments(book, account.world.payments(account.now()))
    _audit_lengths(lineage, {task.id: task.seconds for task in account.world.tasks()})
    _audit_tables(stage.home.journal, lineage)
    for video in lineage.videos():
        if video.kept is not None:
            assert (stage.home.folder / video.kept.path).stat().st_size == video.kept.size
    return book


def _audit_ends(lineage: Lineage, recalled: Lineage) -> None:
    """Of a chain that is told without being walked, walking it tells the same."""
    began = lineage.began
    for each in lineage.plans.values():
        assert began is not None
        assert each.resolved is not None
        plan = replace(read_resolved(each.resolved, each.path), text=each.text)
        run = Run(each.run, began.position - 1, each.at)
        over = ended(plan.name, plan.digest, Kept.of(plan).grows, lineage)
        assert recalled.settled(each.plan) in (None, list(over.values()))
        for name, left in over.items():
            view = Planner(plan).view(name, lineage, ledger(lineage), each.at, run)
            assert (*view.standing, view.length, view.made) == (
                left.state, left.because, left.seconds, left.made
            )  # fmt: skip


def _audit_payments(book: Book, payments: tuple[Payment, ...]) -> None:
    """Every payment is the task of one attempt that knows it, or of one that may still hear of it."""
    real = {payment.task_id for payment in payments}
    assert set(book.owners) <= real, "a task of the journal was never paid for"
    for payment in payments:
        line = book.owners.get(payment.task_id)
        if line is not None:
            assert wish_of(line.begun) == paid_as(payment), f"task {payment.task_id} is taken for another"
            assert payment.external_task_id in ("", line.begun.external_id)
    unknown = unknown_payments(book, payments)
    waiting = Counter(wish_of(line.begun) for line in book.lines.values() if may_have_a_task(line))
    assert Counter(map(paid_as, unknown)) <= waiting, f"paid and forgotten: {unknown}"
    ids = {line.begun.external_id for line in book.lines.values() if may_have_a_task(line)}
    assert all(payment.external_task_id in ids for payment in unknown if payment.external_task_id)


def unknown_payments(book: Book, payments: tuple[Payment, ...]) -> list[Payment]:
    """What was paid for and is not in the journal."""
    return [payment for payment in payments if payment.task_id not in book.owners]


def may_have_a_task(line: Line) -> bool:
    """Nothing is known of a task, and nobody has said that there is none."""
    return line.task is None and line.state in (State.SENT, State.ABANDONED)


def _audit_lengths(lineage: Lineage, seconds: Mapping[str, str]) -> None:
    for video in lineage.videos():
        assert video.task_id in seconds
        if video.duration is not None:
            assert video.duration == Decimal(seconds[video.task_id])
        parent = lineage.video(video.parent) if video.parent else None
        if parent is not None and parent.length is not None and video.length is not None:
            assert video.length <= 180
            made = lineage.take(video.take).last
            if made is not None and made.begun.kind is Kind.EXTEND:
                assert parent.length < video.length
            else:
                assert parent.film is not None
                assert video.film is not None
                assert parent.film < video.film  # a new segment, and as much of the film before it


def _audit_tables(journal: Path, lineage: Lineage) -> None:
    """Replaying the facts gives exactly the tables that were kept up fact by fact, with nothing left out."""
    found, videos = tables(journal), lineage.videos()
    assert len(found["attempt"]) == sum(len(take.attempts) for take in lineage.takes.values())
    assert len(found["video"]) == len(videos)
    assert len(found["file"]) == sum(video.kept is not None for video in videos)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.db"
        for name in ("", "-wal"):
            if (whole := journal.with_name(journal.name + name)).exists():
                shutil.copyfile(whole, copy.with_name(copy.name + name))
        with closing(connect(copy)) as db, transaction(db):
            rebuild(db)
        assert tables(copy) == found


def _is_intent(recorded: Recorded) -> bool:
    return isinstance(recorded.fact, AttemptBegun)

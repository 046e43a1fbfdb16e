"""A large lineage as facts: chains of films with branches and failures, the same ones every time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.facts import (
    AttemptBegun,
    Fact,
    Reason,
    Recorded,
    RunBegan,
    TaskAccepted,
    TaskFailed,
    TaskSucceeded,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import StepKey, TakeKey
from orchestrator.plan import Kind
from orchestrator.planfile import parse
from orchestrator.resolved import resolved

BORN = datetime(2026, 11, 1, 12, tzinfo=UTC)
PROMPTS = ("锦鲤缓缓游过荷叶，尾鳍划出涟漪", "The camera lifts over the pond at dawn", "夜幕降临，萤火虫亮起")
PLAN = """version: 1
name: {name}
chains:
  {chain}:
    source: {{task_id: task-{root}, video_id: video-{root}, duration: 5.1, model_name: kling-v1-6}}
    steps:
      - {{prompt: 涟漪散开, repeat: fill}}
"""


def key_of(number: int) -> TakeKey:
    """The key of the take of that number."""
    return TakeKey(hashlib.sha256(str(number).encode()).hexdigest()[:40])


def facts(takes: int, plans: int = 7) -> Iterator[Fact]:
    """The facts of so many takes: about one in fifty begins a film, one in fifteen a branch."""
    chance, at = random.Random(1), BORN
    film: list[tuple[TakeKey, Decimal, int]] = []
    films = 0
    for number in range(takes):
        at += timedelta(seconds=10)
        key = key_of(number)
        if not film or film[-1][1] > 170 or chance.random() < 0.02:
            films += 1
            plan, chain = f"plan-{films % plans}", f"film-{films}"
            if films <= plans:
                text = PLAN.format(name=plan, chain=chain, root=number)
                kept = resolved(parse(text.encode(), f"{plan}.yaml"))
                yield RunBegan(at, "run-1", plan, f"{plan}.yaml", "digest", text, kept)
            film = [(key, Decimal("5.1"), 0)]
            yield _adopted(at, key, number)
            yield _kept(at, key, Decimal("5.1"))
            continue
        parent, length, step = film[-1] if chance.random() < 0.93 else chance.choice(film)
        yield _begun(at, key, (plan, chain, step + 1), parent, f"{chance.choice(PROMPTS)} {number}")
        yield TaskAccepted(at, key, 1, f"task-{number}")
        if chance.random() < 0.01:
            yield TaskFailed(
                at, key, 1, f"task-{number}", Reason.MODERATION, "Failure to pass the risk control"
            )
            continue
        length += Decimal(chance.randint(40, 50)) / 10
        done = at + timedelta(seconds=300)
        yield TaskSucceeded(
            done, key, 1, f"task-{number}", f"video-{number}", length, at, ended_at=done, units=Decimal(2)
        )
        yield _kept(done, key, length)
        film.append((key, length, step + 1))


def recorded(takes: int) -> Iterator[Recorded]:
    """The same with their places in a journal."""
    return (Recorded(position, fact) for position, fact in enumerate(facts(takes), 1))


def _begun(
    at: datetime, key: TakeKey, place: tuple[str, str, int], parent: TakeKey, prompt: str
) -> AttemptBegun:
    plan, chain, step = place
    return AttemptBegun(
        at=at, take=key, number=1, step=StepKey(f"step-{key}"), take_number=1, parent=parent, run="run-1",
        account="dmxapi", plan=plan, chain=chain, place=f"{plan}:{chain}.{step}", kind=Kind.EXTEND,
        expires=at + timedelta(seconds=30), prompt=prompt, units=Decimal(2), cost=Decimal(2), currency="CNY",
    )  # fmt: skip


def _adopted(at: datetime, key: TakeKey, number: int) -> VideoAdopted:
    return VideoAdopted(
        at,
        key,
        "dmxapi",
        f"task-{number}",
        f"video-{number}",
        Kind.TEXT,
        "kling-v1-6",
        "std",
        Decimal("5.1"),
        at,
    )


def _kept(at: datetime, key: TakeKey, length: Decimal) -> VideoKept:
    return VideoKept(at, key, f"videos/{key}.mp4", 400_000, "0" * 64, length, 640, 360)

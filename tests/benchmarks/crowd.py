"""A journal of many chains of one plan at once: all of them in the air, or all waiting for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.facts import (
    AttemptBegun,
    Fact,
    RunBegan,
    TaskAccepted,
    TaskSucceeded,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import TakeKey, existing_key, step_key, take_key
from orchestrator.plan import Existing, Kind
from orchestrator.planfile import parse
from orchestrator.resolved import resolved


def text(chains: int) -> str:
    """The plan: a source, a step that is looked at, and one more."""
    lines = ["version: 1", "name: crowd", "prices: {currency: CNY, extension: 2}", "chains:"]
    for chain in range(chains):  # a plan has a megabyte at most
        source = f"{{task_id: t{chain}, video_id: v{chain}}}"
        lines.append(f"  f{chain}: {{source: {source}, steps: [{{prompt: 锦 {chain}, review: true}}, 散]}}")
    return "\n".join(lines) + "\n"


def facts(chains: int, *, waiting: int, now: datetime | None = None, minutes: int = 10) -> Iterator[Fact]:
    """Every chain with its first step in the air for so many minutes, or the last made and `waiting`."""
    plan = parse(text(chains).encode(), "crowd.yaml")
    at = (now or datetime.now(UTC)) - timedelta(minutes=minutes)
    account = plan.provider.account
    yield RunBegan(at, "run-1", plan.name, "crowd.yaml", plan.digest, plan.text, resolved(plan))
    for number, chain in enumerate(plan.chains):
        source, (step, _) = chain.source, chain.steps
        assert isinstance(source, Existing)
        parent = existing_key(account, source)
        yield VideoAdopted(
            at, parent, account, source.task_id, source.video_id, Kind.TEXT, "kling-v1-6", "std",
            Decimal("5.1"), at,
        )  # fmt: skip
        yield _kept(at, parent, Decimal("5.1"))
        key = step_key(parent, Kind.EXTEND, step, step.prompt)
        take = take_key(key, 1)
        yield AttemptBegun(
            at=at, take=take, number=1, step=key, take_number=1, parent=parent, run="run-1", account=account,
            plan=plan.name, chain=chain.name, place=f"{plan.name}:{chain.name}.{step.id}", kind=Kind.EXTEND,
            expires=at, prompt=step.prompt, units=Decimal(2), cost=Decimal(2), currency="CNY",
        )  # fmt: skip
        yield TaskAccepted(at, take, 1, f"task-{take[:12]}")
        if number >= chains - waiting:
            done = at + timedelta(seconds=300)
            yield TaskSucceeded(
                done, take, 1, f"task-{take[:12]}", f"video-{take[:12]}", Decimal("9.6"), at, done, Decimal(2)
            )
            yield _kept(done, take, Decimal("9.6"))


def _kept(at: datetime, key: TakeKey, length: Decimal) -> VideoKept:
    return VideoKept(at, key, f"videos/{key}.mp4", 400_000, "0" * 64, length, 640, 360)

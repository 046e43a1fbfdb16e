"""A studio's journal as facts: plans of many chains, most of them done, under their real keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.facts import (
    AttemptBegun,
    ChainStopped,
    Fact,
    RunBegan,
    TaskAccepted,
    TaskSucceeded,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import TakeKey, existing_key, step_key, take_key
from orchestrator.plan import Chain, Existing, Kind, Plan
from orchestrator.planfile import parse
from orchestrator.resolved import resolved

STEPS, CHAINS = 38, 90
"""Steps of a chain, chains of a plan."""

UNDER_WAY = 3
"""So many of the newest plans are not done yet: one chain in forty of theirs."""


@dataclass
class Clock:
    """The time of the next fact."""

    at: datetime = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def next(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def text(number: int) -> str:
    """The plan of that number."""
    lines = ["version: 1", f"name: plan-{number}", "prices: {currency: CNY, extension: 2}", "chains:"]
    for chain in range(CHAINS):
        source = f"t{number}-{chain}, video_id: v{number}-{chain}, duration: 5.1, model_name: kling-v1-6"
        lines += [f"  film-{chain}:", f"    source: {{task_id: {source}}}", "    steps:"]
        lines += [f"      - 锦鲤缓缓游过荷叶，尾鳍划出涟漪 {chain} {step}" for step in range(STEPS)]
    return "\n".join(lines) + "\n"


def facts(takes: int) -> Iterator[Fact]:
    """The facts of so many takes at least: whole plans, one run each."""
    clock = Clock()
    plans = -(-takes // (STEPS * CHAINS))
    for number in range(plans):
        plan = parse(text(number).encode(), f"plan-{number}.yaml")
        run, path = f"run-{number}", f"plan-{number}.yaml"
        yield RunBegan(clock.next(), run, plan.name, path, plan.digest, plan.text, resolved(plan))
        for index, chain in enumerate(plan.chains):
            going = number >= plans - UNDER_WAY and index % 40 == 0
            left = STEPS // 2 if going else STEPS
            yield from _film(plan, chain, run, clock, left)
            if left == STEPS:
                yield ChainStopped(
                    clock.next(), run, plan.name, chain.name, "done", "all its steps are made",
                    Decimal("5.1") + left * Decimal("4.5"), left, plan.digest, settled=True,
                )  # fmt: skip


def _film(plan: Plan, chain: Chain, run: str, clock: Clock, left: int) -> Iterator[Fact]:
    assert isinstance(chain.source, Existing)
    source, account = chain.source, plan.provider.account
    parent, length = existing_key(account, source), Decimal("5.1")
    at = clock.next()
    yield VideoAdopted(
        at, parent, account, source.task_id, source.video_id, Kind.TEXT, "kling-v1-6", "std", length, at
    )
    yield _kept(at, parent, length)
    for step in chain.steps[:left]:
        at = clock.next()
        key = step_key(parent, Kind.EXTEND, step, step.prompt)
        take = take_key(key, 1)
        yield AttemptBegun(
            at=at, take=take, number=1, step=key, take_number=1, parent=parent, run=run, account=account,
            plan=plan.name, chain=chain.name, place=f"{plan.name}:{chain.name}.{step.id}", kind=Kind.EXTEND,
            expires=at, prompt=step.prompt, units=Decimal(2), cost=Decimal(2), currency="CNY",
        )  # fmt: skip
        yield TaskAccepted(at, take, 1, f"task-{take[:12]}")
        length += Decimal("4.5")
        done = at + timedelta(seconds=300)
        yield TaskSucceeded(
            done, take, 1, f"task-{take[:12]}", f"video-{take[:12]}", length, at, done, units=Decimal(2)
        )
        yield _kept(done, take, length)
        parent = take


def _kept(at: datetime, key: TakeKey, length: Decimal) -> VideoKept:
    return VideoKept(at, key, f"videos/{key}.mp4", 400_000, "0" * 64, length, 640, 360)

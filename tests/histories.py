"""Histories for tests: a plan in a few words, and facts as they would have been written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestrator.budget import Ledger, ledger
from orchestrator.facts import (
    AttemptBegun,
    AttemptDeclined,
    AttemptResolved,
    AttemptUnclear,
    Fact,
    Reason,
    Recorded,
    TaskAccepted,
    TaskFailed,
    TaskMissed,
    TaskSucceeded,
    Verdict,
    VideoAdopted,
    VideoKept,
)
from orchestrator.identity import TakeKey, existing_key
from orchestrator.lineage import Lineage
from orchestrator.plan import Chain, Existing, Generation, Kind, Plan, ProviderSettings, Source, Step
from orchestrator.planner import Action, Planner, Run, Submit, next_actions

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SOURCE = Existing("task-0", "video-0", kind=Kind.TEXT, model_name="kling-v1-6", duration=Decimal("5.1"))
ACCOUNT = "dmxapi"


def steps(*wanted: str | Step) -> tuple[Step, ...]:
    """Steps numbered from 1, a text being a prompt."""
    return tuple(
        Step(id=str(number), prompt=each) if isinstance(each, str) else each
        for number, each in enumerate(wanted, 1)
    )


def plan_of(
    *wanted: str | Step, source: Source = SOURCE, chain: dict[str, Any] | None = None, **more: Any
) -> Plan:
    """A plan `p` of one chain `c`."""
    only = Chain(name="c", source=source, steps=steps(*wanted), **(chain or {}))
    return Plan(name="p", provider=ProviderSettings(), chains=(only,), **more)


def generation(**more: Any) -> Generation:
    """A text generation as a source."""
    options = {"id": "0", "prompt": "koi"} | more.pop("step", {})
    return Generation(kind=Kind.TEXT, step=Step(**options), model_name="kling-v1-6", **more)


@dataclass
class History:
    """Facts in order, written as the runner would for whatever the planner wants."""

    plan: Plan
    facts: list[Recorded] = field(default_factory=list)
    now: datetime = NOW
    run: Run = field(default_factory=lambda: Run("run-1", 0, NOW))

    @property
    def lineage(self) -> Lineage:
        return Lineage(self.facts)

    @property
    def ledger(self) -> Ledger:
        return ledger(self.lineage)

    def actions(self) -> tuple[Action, ...]:
        """What is next for the whole plan."""
        return next_actions(self.plan, self.lineage, self.ledger, self.now, self.run)

    def chain(self, name: str = "c") -> tuple[Action, ...]:
        """What is next for one chain."""
        view = Planner(self.plan).view(name, self.lineage, self.ledger, self.now, self.run)
        return view.next

    def submits(self) -> tuple[Submit, ...]:
        return tuple(each for each in self.actions() if isinstance(each, Submit))

    def write(self, *facts: Fact) -> History:
        for fact in facts:
            self.facts.append(Recorded(len(self.facts) + 1, fact))
        return self

    def later(self, **span: float) -> History:
        """Time goes by."""
        self.now += timedelta(**span)
        return self

    def again(self) -> History:
        """A new run begins."""
        self.run = replace(self.run, id=self.run.id + "'", began=len(self.facts), at=self.now)
        return self

    def adopt(
        self, duration: str | None = "5.1", *, seen: bool = True, age_days: float = 0, **more: Any
    ) -> History:
        """The existing source is known."""
        source = self.plan.chains[0].source
        assert isinstance(source, Existing)
        account = self.plan.provider.account
        key = existing_key(account, source)
        length = None if duration is None else Decimal(duration)
        fields = {"kind": Kind.TEXT, "model_name": "kling-v1-6", "mode": "std"} | more
        created = self.now - timedelta(days=age_days)
        return self.write(
            VideoAdopted(
                self.now, key, account, source.task_id, source.video_id,
                duration=length, created_at=created, seen=seen, **fields,
            )
        )  # fmt: skip

    def begin(self, index: int = 0) -> AttemptBegun:
        """The planner's submission of that index is begun."""
        submit = self.submits()[index]
        how = submit.wish.continuation if submit.by_frame else submit.generation
        begun = AttemptBegun(
            at=self.now,
            take=submit.take,
            number=submit.number,
            step=submit.step,
            take_number=submit.take_number,
            parent=submit.parent.take if submit.parent else None,
            run=self.run.id,
            account=self.plan.provider.account,
            plan=submit.place.plan,
            chain=submit.place.chain,
            place=str(submit.place),
            kind=submit.kind,
            expires=self.now + timedelta(seconds=30),
            prompt=submit.prompt,
            model_name=how.model_name if how else None,
            mode=how.mode if how else None,
            parent_task=submit.parent.task_id if submit.parent else None,
            parent_video=submit.parent.video_id if submit.parent else None,
            units=submit.units,
            cost=submit.cost,
        )
        self.write(begun)
        return begun

    def accept(self, begun: AttemptBegun) -> AttemptBegun:
        self.write(TaskAccepted(self.now, begun.take, begun.number, task_of(begun)))
        return begun

    def start(self, index: int = 0) -> AttemptBegun:
        """Begun and accepted."""
        return self.accept(self.begin(index))

    def succeed(
        self, begun: AttemptBegun, gained: str | None = "4.5", seconds: float = 320, **more: Any
    ) -> None:
        """Its video exists, longer than its parent by so many seconds."""
        parent = self.lineage.video(begun.parent) if begun.parent else None
        contained = parent is not None and begun.kind is Kind.EXTEND
        before = parent.length if contained and parent and parent.length else Decimal(0)
        length = None if gained is None else before + Decimal(gained)
        created = self.now
        self.later(seconds=seconds)
        fact = TaskSucceeded(
            self.now, begun.take, begun.number, task_of(begun), f"video-{begun.take[:6]}", length, created,
            ended_at=self.now, **more,
        )  # fmt: skip
        self.write(fact)

    def make(self, index: int = 0, gained: str | None = "4.5") -> AttemptBegun:
        """Begun, accepted, succeeded and kept."""
        begun = self.start(index)
        self.succeed(begun, gained)
        self.keep(begun.take)
        return begun

    def keep(self, take: TakeKey, seconds: str = "9.6") -> None:
        path = f"videos/{take}.mp4"
        self.write(VideoKept(self.now, take, path, 1000, "00", Decimal(seconds), 320, 180))

    def decline(self, begun: AttemptBegun, reason: Reason, message: str = "no", code: str = "1") -> None:
        self.write(AttemptDeclined(self.now, begun.take, begun.number, reason, code, message))

    def fail(self, begun: AttemptBegun, reason: Reason = Reason.OTHER, message: str = "bad luck") -> None:
        self.write(TaskFailed(self.now, begun.take, begun.number, task_of(begun), reason, message))

    def unclear(self, begun: AttemptBegun, *candidates: str) -> None:
        until = begun.expires + timedelta(seconds=640)
        self.write(AttemptUnclear(self.now, begun.take, begun.number, "cannot tell", until, candidates))

    def miss(self, begun: AttemptBegun) -> None:
        self.write(TaskMissed(self.now, begun.take, begun.number, task_of(begun), "no such task"))

    def resolve(self, begun: AttemptBegun, verdict: Verdict, task_id: str | None = None) -> None:
        self.write(AttemptResolved(self.now, begun.take, begun.number, verdict, task_id))


def task_of(begun: AttemptBegun) -> str:
    return f"task-{begun.take[:6]}-{begun.number}"

"""The imitated account as a pure state machine: told the time, it accepts, refuses, and knows what became."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from orchestrator.sandbox import draws
from orchestrator.sandbox.laws import Fate, Laws
from orchestrator.sandbox.payments import Payment, payment
from orchestrator.sandbox.plants import Plant, planted
from orchestrator.sandbox.rules import (
    DISCONTINUED,
    DRIFT,
    EXTENDABLE,
    GENERATED_FRAMES,
    NO_MONEY,
    NO_SLOT,
    NOT_EXTENDABLE,
    RISK_MESSAGE,
    RISKY,
    Kind,
    Refusal,
    bad_parameter,
    not_found,
    units,
)
from orchestrator.sandbox.slots import Slots
from orchestrator.sandbox.submission import Submission
from orchestrator.sandbox.tasks import NEVER_MS, Task, seconds_of

_NOTHING_SPECIAL = Fate()


class World:
    """All tasks of one account. Nothing in here asks a clock, a disk, a network or chance."""

    def __init__(self, laws: Laws, tasks: Iterable[Task] = ()) -> None:
        self.laws = laws
        self._tasks: dict[str, Task] = {}
        self._by_video: dict[str, str] = {}
        self._by_external: dict[str, str] = {}
        self._slots = Slots()
        self._last_number = 0
        for task in tasks:
            self._add(task)

    def tasks(self) -> tuple[Task, ...]:
        """Every task ever accepted or planted, oldest first."""
        return tuple(self._tasks.values())

    def submit(self, submission: Submission, now: int, fate: Fate = _NOTHING_SPECIAL) -> Task | Refusal:
        """Accept (and charge for) a task, or say why not; a refusal changes nothing."""
        refusal = next(self._objections(submission, now), None)
        if refusal is not None:
            return refusal
        task = self._made(submission, now, fate)
        if not draws.fits_the_cap(task.frames):
            return bad_parameter("The video is too long to be extended: the result would exceed 180 seconds")
        if self.laws.units is not None and self.used_units(now) + Decimal(task.units) > self.laws.units:
            return NO_MONEY
        if self._slots.in_use(now) >= self.laws.slots:
            return NO_SLOT
        self._add(task)
        return task

    def plant(self, plant: Plant, now: int) -> Task:
        """Let a finished video exist from `now` on, if it is not there already; a purged one is made anew."""
        known = self.made(plant.video_id)
        if known is not None and not known.is_purged(now):
            return known
        task = planted(plant, self._last_number + 1, now)
        self._add(task)
        return task

    def rendered(self, task_id: str, now: int) -> Task:
        """The video of a task exists from `now` on."""
        task = replace(self._tasks[task_id], rendered_at=now)
        self._tasks[task_id] = task
        self._slots.rendered(task)
        return task

    def look_up(self, kind: Kind, wanted: str, now: int) -> Task | Refusal:
        """The task of this kind with this id or, at the vendor's own host, this external id."""
        task = self._tasks.get(wanted)
        if task is None and self.laws.character == "native":
            task = self._tasks.get(self._by_external.get(wanted, ""))
        if task is None or task.kind != kind or task.is_purged(now):
            return not_found("Task")
        return task

    def page(self, kind: Kind, number: int, size: int, now: int) -> tuple[Task, ...] | Refusal:
        """One page of the tasks of a kind, newest first."""
        if not 1 <= number <= 1000:
            return bad_parameter("pageNum must be between 1 and 1000")
        if not 1 <= size <= 500:
            return bad_parameter("pageSize must be between 1 and 500")
        of_kind = [task for task in self._tasks.values() if task.kind == kind and not task.is_purged(now)]
        of_kind.sort(key=lambda task: task.number, reverse=True)
        return tuple(of_kind[(number - 1) * size : number * size])

    def made(self, video_id: str) -> Task | None:
        """The task that made, or will make, this video; purged or not."""
        return self._tasks.get(self._by_video.get(video_id, ""))

    def parent(self, task: Task) -> Task | None:
        return self._tasks.get(task.parent_id)

    def used_units(self, now: int) -> Decimal:
        """What the account was charged, failed tasks refunded."""
        charged = (task for task in self._tasks.values() if task.paid and task.status(now) != "failed")
        return sum((Decimal(task.units) for task in charged), Decimal(0))

    def payments(self, now: int) -> tuple[Payment, ...]:
        """Every accepted submission, oldest first; the count that "never pay twice" is about."""
        return tuple(payment(task, self.parent(task), now) for task in self._tasks.values() if task.paid)

    def _add(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._by_video[task.video_id] = task.id
        if task.submission.external_task_id:
            self._by_external[task.submission.external_task_id] = task.id
        if task.paid:
            self._slots.take(task)
        self._last_number = max(self._last_number, task.number)

    def _objections(self, wish: Submission, now: int) -> Iterator[Refusal]:
        if self.laws.external_ids and wish.external_task_id in self._by_external:
            yield bad_parameter("external_task_id already exists")
        if wish.kind == "video-extend":
            yield from self._source_objections(wish, now)
        elif wish.model_name in self.laws.discontinued:
            yield DISCONTINUED
        if self.laws.refuse_marker in wish.prompt:
            yield RISKY

    def _source_objections(self, wish: Submission, now: int) -> Iterator[Refusal]:
        parent = self.made(wish.video_id)
        # A video id is given out with success only; before that, nobody can know it.
        if parent is None or parent.is_purged(now) or parent.status(now) != "succeed":
            yield not_found("Video")
            return
        if self.laws.character == "strict" and wish.task_id != parent.id:
            yield bad_parameter("task_id is not the task that made video_id")
        if self.laws.extends == "discontinued":
            yield DISCONTINUED
        if self.laws.extends == "unsupported" or parent.model not in EXTENDABLE:
            yield NOT_EXTENDABLE
        if parent.model == "kling-v1" and (wish.negative_prompt or wish.cfg_scale is not None):
            yield bad_parameter("negative_prompt and cfg_scale are not supported for kling-v1 videos")

    def _made(self, wish: Submission, now: int, fate: Fate) -> Task:
        laws, number = self.laws, self._last_number + 1
        parent = self.made(wish.video_id) if wish.kind == "video-extend" else None
        frames = GENERATED_FRAMES[wish.duration]
        if parent is not None:
            frames = parent.frames + draws.increment_frames(laws.seed, number, parent.frames)
        model, mode = (parent.model, parent.mode) if parent is not None else (wish.model_name, wish.mode)
        starts, ends = draws.waiting_ms(laws.seed, number, wish.kind, laws.speed / fate.slow)
        return Task(
            number=number,
            id=draws.task_id(laws.seed, number, laws.character),
            video_id=draws.video_id(laws.seed, number),
            submission=wish if laws.external_ids else replace(wish, external_task_id=""),
            parent_id=parent.id if parent is not None else "",
            model=model,
            mode=mode,
            aspect_ratio=parent.aspect_ratio if parent is not None else wish.aspect_ratio,
            frames=frames,
            seconds=seconds_of(frames),
            units=str(units(model, mode, wish.duration if parent is None else "5")),
            accepted_at=now,
            starts_at=now + starts,
            ends_at=NEVER_MS if fate.stuck else now + ends,
            failure=fate.failure or self._failure(wish.prompt),
            drift=(parent.drift if parent is not None else 0) + fate.drift + self._drift(wish.prompt),
        )

    def _drift(self, prompt: str) -> float:
        return DRIFT if self.laws.drift_marker in prompt else 0

    def _failure(self, prompt: str) -> str:
        if self.laws.risk_marker in prompt:
            return RISK_MESSAGE
        return "Task failed: internal error" if self.laws.fail_marker in prompt else ""

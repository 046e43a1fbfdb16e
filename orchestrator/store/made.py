"""A take whose video is made, from its rows: the video at once, its attempts when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from orchestrator.codec import instant
from orchestrator.facts import VideoKept
from orchestrator.identity import TakeKey
from orchestrator.lineage import Attempt, Take, Video
from orchestrator.plan import Kind
from orchestrator.store.statements import Row

_COLUMNS = (
    "video.parent, video.account, video.task_id, video.video_id, video.kind, video.model_name, video.mode,"
    " video.duration, video.created_at, video.at, video.seen, file.at, file.path, file.size, file.sha256,"
    " file.seconds, file.width, file.height, attempt.plan, attempt.chain, video.take"
)

_DONE = (
    " LEFT JOIN file ON file.take = video.take WHERE video.lost IS NULL AND video.dropped IS NULL"
    " AND (video.parent IS NULL OR video.kind <> 'image2video')"
    " AND NOT EXISTS (SELECT 1 FROM attempt AS other WHERE other.take = video.take AND other.open)"
)

MADE = (
    f"SELECT {_COLUMNS} FROM video"  # noqa: S608  # our own texts
    f" LEFT JOIN attempt ON attempt.take = video.take AND attempt.number = 1{_DONE} AND video.take = :key"
)
"""What the tables say of a take that is made and done with; `read_made` reads it.

No row where they do not say all: of what is in the air, whose file is gone, or that begins a segment.
"""

MADE_FOR = (
    f"SELECT {_COLUMNS} FROM attempt JOIN video ON video.take = attempt.take{_DONE}"  # noqa: S608  # our own texts
    " AND attempt.plan = :plan AND attempt.chain = :chain AND attempt.number = 1"
)
"""The same of all takes that were first begun for one chain."""


@dataclass(frozen=True, slots=True)
class Made:
    """A video without what it has of its parent, and the plan and chain that its take was begun for."""

    video: Video
    plan: str | None
    chain: str | None


def read_made(row: Row) -> Made | None:
    """What such a row says; None where a text in it is perhaps not as the fact has it (`rows.text`)."""
    parent, account, task, video, kind, model, mode, duration, created, at, seen = row[:11]
    file, (plan, chain, key) = row[11:-3], row[-3:]
    if "?" in f"{task}{video}{model}{mode}{plan}":
        return None
    found = Video(
        key,
        parent,
        account,
        task,
        video,
        None if kind is None else Kind(kind),
        model,
        mode,
        None if duration is None else Decimal(duration),
        None if created is None else instant(created),
        instant(at),
        bool(seen),
        None if file[0] is None else _kept(key, file),
    )
    return Made(found, plan, chain)


def _kept(key: TakeKey, file: Row) -> VideoKept:
    at, path, size, sha256, seconds, width, height = file
    return VideoKept(instant(at), key, path, size, sha256, Decimal(seconds), width, height)


class MadeTake(Take):
    """Equal to the take that all its facts add up to, which is folded only for what the rows do not tell.

    A chain is walked by what is made: of its attempts, which are most of the facts, nothing is asked.
    """

    _plan: str | None
    _fold: Callable[[], Take]

    def __init__(self, key: TakeKey, video: Video, plan: str | None, fold: Callable[[], Take]) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "video", video)
        object.__setattr__(self, "_plan", plan)
        object.__setattr__(self, "_fold", fold)

    @cached_property
    def _whole(self) -> Take:
        return self._fold()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Its attempts, folded now."""
        return self._whole.attempts

    @property
    def retried(self) -> int:
        """Where a person last wanted it tried again."""
        return self._whole.retried

    @property
    def parent(self) -> TakeKey | None:
        """The take it continues."""
        return self.video.parent if self.video else None

    @property
    def open(self) -> tuple[Attempt, ...]:
        """None: such a take is done with."""
        return ()

    def made_for(self, plan: str) -> bool:
        """Whether it was first begun for a plan of that name; a video it has."""
        return self._plan == plan

    def __eq__(self, other: object) -> bool:
        return self._whole == (other._whole if isinstance(other, MadeTake) else other)

    def __hash__(self) -> int:
        return hash(self._whole)

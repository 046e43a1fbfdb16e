"""Brings files back that are not here and can still be had: looked up, downloaded, checked; free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import anyio

from orchestrator.facts import Fact, FileDropped, VideoLost
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.plan import ProviderSettings
from orchestrator.planner import Keep, Run
from orchestrator.ports import Journal
from orchestrator.runner.desk import Desk
from orchestrator.runner.dropping import whole
from orchestrator.runner.gate import Gate
from orchestrator.runner.hints import Hints
from orchestrator.runner.keeping import keep
from orchestrator.runner.outside import Outside

TRIES = 3
"""Times a file is tried for when somebody waits at a terminal; the command may be typed again."""

# Of these as many are downloaded at once as the plans say; asking for a link takes far less.
_PARALLEL = 16
_GONE = "the file was not there any more, or not whole"
_OVER = "its 30 days at the provider are over"


@dataclass(frozen=True, slots=True)
class Absentees:
    """Videos without a whole file here: those that may still be had, and those that expired."""

    young: tuple[Video, ...]
    expired: tuple[Video, ...]


@dataclass(slots=True)
class Fetched:
    """What came of it; what was missed may be tried again."""

    kept: list[TakeKey] = field(default_factory=list)
    missed: list[TakeKey] = field(default_factory=list)


def absentees(state: Path, videos: Iterable[Video], now: datetime) -> Absentees:
    """Of these videos those whose file is not here, or not whole, and not given up yet: DiskError."""
    missing = [video for video in videos if _missing(state, video)]
    return Absentees(
        young=tuple(video for video in missing if not _expired(video, now)),
        expired=tuple(video for video in missing if _expired(video, now)),
    )


async def give_up(journal: Journal, videos: Sequence[Video], now: datetime) -> None:
    """Write down that these files can no longer be had."""
    for video in videos:
        await journal.append((*_dropped(video, now), VideoLost(now, video.take, _OVER)))


async def fetch(
    videos: Sequence[Video], settings: Mapping[str, ProviderSettings], outside: Outside, lineage: Lineage
) -> Fetched:
    """Fetch the files of these videos, several at once; `settings` by account.

    A file that does not come is said to the reporter. Raises what concerns them all: CredentialsError,
    PaymentError, DiskError. The caller is the one submitter meanwhile: a run keeps files too.
    """
    fetched = Fetched()

    async def record(*facts: Fact) -> None:
        # One at a time: facts that share a commit may reach their writers in another order.
        async with pen:
            for recorded in await outside.journal.append(facts):
                lineage.apply(recorded)
                outside.reporter.happened(recorded, lineage)

    async def one(video: Video) -> None:
        async with doors:
            await record(*_dropped(video, outside.clock.now()))
            action = Keep(video.take, video, "asked for")
            came = await keep(desks[video.account], action, TRIES)
            now_kept = came and lineage.take(video.take).video
            (fetched.kept if now_kept and now_kept.kept else fetched.missed).append(video.take)

    desks = {name: _desk(each, outside, lineage, record) for name, each in settings.items()}
    doors, pen = anyio.Semaphore(_PARALLEL), anyio.Lock()
    async with anyio.create_task_group() as tasks:
        for video in videos:
            tasks.start_soon(one, video)
    return fetched


def _expired(video: Video, now: datetime) -> bool:
    return video.expires is not None and video.expires <= now


def _missing(state: Path, video: Video) -> bool:
    if video.kept is not None:
        return not whole(state, video)
    return video.seen and video.lost is None


def _dropped(video: Video, now: datetime) -> tuple[FileDropped, ...]:
    """The journal learns first that a file it calls kept is not there."""
    return (FileDropped(now, video.take, _GONE),) if video.kept is not None else ()


def _desk(
    settings: ProviderSettings,
    outside: Outside,
    lineage: Lineage,
    record: Callable[..., Awaitable[None]],
) -> Desk:
    return Desk(
        settings=settings,
        provider=outside.providers[settings.account],
        gate=Gate(settings.concurrency),
        archive=outside.archive,
        clock=outside.clock,
        reporter=outside.reporter,
        lineage=lineage,
        run=Run("", lineage.position, outside.clock.now()),
        record=record,
        hints=Hints(),
    )

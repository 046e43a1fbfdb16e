"""Fetches the files of videos and adopts videos made elsewhere; both cost nothing and may be repeated."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from orchestrator.codec import instant
from orchestrator.errors import MediaError, ProviderError, UnreachableError
from orchestrator.facts import VideoAdopted, VideoKept, VideoLost
from orchestrator.lineage import Video
from orchestrator.plan import Existing, Kind
from orchestrator.planner import Adopt, Keep
from orchestrator.ports import Answer, Kept, Missing, Running, Succeeded
from orchestrator.runner.desk import Desk

TRIES = 10
_FIRST, _LONGEST = 1.0, 60.0


async def keep(desk: Desk, action: Keep, tries: int = TRIES) -> bool:
    """Fetch, check and archive; whether it came to an end (kept or lost) within so many tries.

    A failing download never touches the paid result: the next run tries again, for 30 days.
    """
    pause = _FIRST
    for trial in range(tries):
        if trial:
            await desk.hints.sleep(pause)
            pause = min(pause * 2, _LONGEST)
        try:
            kept = await _fetched(desk, action.video)
        except (UnreachableError, ProviderError, MediaError) as error:
            desk.urls.pop(action.take, None)
            desk.reporter.said(f"{_name(desk, action)}: the file did not come: {error}")
            continue
        if isinstance(kept, Missing):
            expires = action.video.expires
            if expires is not None and desk.now() >= expires:
                await desk.record(VideoLost(desk.now(), action.take, f"purged: {kept.message}"))
                return True
            desk.reporter.said(f"{_name(desk, action)}: the provider does not show it: {kept.message}")
            continue
        await desk.record(
            VideoKept(
                desk.now(),
                action.take,
                kept.path,
                kept.size,
                kept.sha256,
                kept.seconds,
                kept.width,
                kept.height,
            )
        )
        return True
    return False


async def _fetched(desk: Desk, video: Video) -> Kept | Missing:
    url = desk.urls.pop(video.take, None)
    if url is None:
        answer = await desk.provider.look_up(video.kind or Kind.EXTEND, video.task_id)
        if isinstance(answer, Missing):
            return answer
        if not isinstance(answer, Succeeded) or answer.url is None:
            raise ProviderError(f"task {video.task_id} made a video, but the answer shows no address for it")
        url = answer.url
    return await desk.archive.keep(video.take, partial(desk.provider.fetch, url))


def _name(desk: Desk, action: Keep) -> str:
    last = desk.lineage.take(action.take).last
    return last.begun.place if last else f"video {action.video.video_id}"


async def adopt(desk: Desk, action: Adopt) -> bool:
    """Look the source up under its kind, or all three; without an answer the plan's word is recorded."""
    pause = _FIRST
    for trial in range(TRIES):
        if trial:
            await desk.hints.sleep(pause)
            pause = min(pause * 2, _LONGEST)
        try:
            fact = await _looked_up(desk, action)
        except UnreachableError as error:
            desk.unreachable(error)
            desk.reporter.said(f"source task {action.source.task_id}: could not ask: {error}")
            continue
        if fact is not None:
            await desk.tell(fact)
            return True
    return False


async def _looked_up(desk: Desk, action: Adopt) -> VideoAdopted | None:
    source = action.source
    running = False
    for kind in (source.kind,) if source.kind else tuple(Kind):
        try:
            answer: Answer = await desk.provider.look_up(kind, source.task_id)
        except ProviderError as error:
            desk.reporter.said(f"source task {source.task_id}: {error}")
            continue
        if isinstance(answer, Succeeded) and answer.video_id != source.video_id:
            desk.reporter.said(
                f"source task {source.task_id} made video {answer.video_id}, "
                f"not {source.video_id} as the plan says"
            )
            continue
        if isinstance(answer, Succeeded):
            if answer.url is not None:
                desk.urls[action.take] = answer.url
            return _adopted(desk, action, kind, answer)
        running = running or isinstance(answer, Running)
    if running:
        desk.reporter.said(f"source task {source.task_id} is not finished yet")
        return None
    return _by_the_plan(desk, action)


def _adopted(desk: Desk, action: Adopt, kind: Kind, answer: Succeeded) -> VideoAdopted:
    source, account, parent = action.source, desk.settings.account, answer.parent_video
    return VideoAdopted(
        at=desk.now(),
        take=action.take,
        account=account,
        task_id=source.task_id,
        video_id=source.video_id,
        kind=kind,
        model_name=source.model_name,
        mode=source.mode,
        duration=answer.duration or source.duration,
        created_at=answer.created_at or _created(source),
        raw=answer.raw,
        parent_video=parent,
        parent=desk.lineage.take_of(account, parent) if parent else None,
    )


def _by_the_plan(desk: Desk, action: Adopt) -> VideoAdopted:
    source = action.source
    return VideoAdopted(
        at=desk.now(),
        take=action.take,
        account=desk.settings.account,
        task_id=source.task_id,
        video_id=source.video_id,
        kind=source.kind,
        model_name=source.model_name,
        mode=source.mode,
        duration=source.duration,
        created_at=_created(source),
        seen=False,
    )


def _created(source: Existing) -> datetime | None:
    return None if source.created_at is None else instant(source.created_at)

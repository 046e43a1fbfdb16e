"""Films in shared storage: sent beside a run, once that is agreed to, brought back where one is missing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import click
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from orchestrator.cli.logs import talk
from orchestrator.cli.reading import Known
from orchestrator.errors import MediaError, OrchestratorError, PlanError
from orchestrator.facts import VideoKept
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Video
from orchestrator.media import check
from orchestrator.plan import Plan
from orchestrator.planner import ChainView
from orchestrator.report import clean, plural
from orchestrator.runner import is_here
from orchestrator.store import open_journal
from orchestrator.vault import VARIABLE, Held, Vault, VaultError, open_vault

_AT_ONCE = 2
_PAUSES = (1.0, 5.0, 30.0)
"""Seconds between tries to send one film; after the last one the next run tries again."""


def own_vault() -> Vault | None:
    """The one that this environment names for all plans."""
    url = os.environ.get(VARIABLE, "").strip()
    return open_vault(url) if url else None


def vaults_here(known: Known) -> tuple[Vault, ...]:
    """Where films of this journal may be: the environment's archive, else those of its plans."""
    own = own_vault()
    return (own,) if own is not None else tuple(open_vault(url) for url in known.archives)


def agreed_vault(plans: Sequence[Plan], allowed: bool | None, *, asks: bool) -> Vault | None:
    """Where films are sent to, if the person agrees: a plan from elsewhere must not take them away."""
    own = None if allowed is False else own_vault()
    urls = tuple(dict.fromkeys(plan.archive for plan in plans if plan.archive))
    if own is not None or not urls or allowed is False:
        return own
    if len(urls) > 1:
        raise PlanError(
            f"these plans name more than one archive ({', '.join(map(clean, urls))}): "
            f"run them apart, or name one for all in {VARIABLE}"
        )
    if allowed is None and not asks:
        talk(f"Films would be sent to {clean(urls[0])}: left here, --archive allows it.")
        return None
    question = f"Films are sent to {clean(urls[0])}, with the AWS_… keys of this environment. Allow it?"
    return open_vault(urls[0]) if allowed or click.confirm(question, err=True) else None


@dataclass(frozen=True, slots=True)
class Sending:
    """What a run does with a vault; `kept` are films that it begins with."""

    vault: Vault | None = None
    state: Path = Path()
    kept: tuple[VideoKept, ...] = ()

    @asynccontextmanager
    async def beside(
        self, said: Callable[[str], None], hurried: Callable[[], bool]
    ) -> AsyncIterator[Callable[[VideoKept], None]]:
        """Within the block, tell what it yields which films are kept; they are sent beside.

        When the block ends, what is unsent is sent still, unless somebody is in a hurry; each film is tried
        for about half a minute, and what does not go is said and left to the next run.
        """
        if self.vault is None:
            yield lambda _fact: None
            return
        out, unsent = anyio.create_memory_object_stream[VideoKept](float("inf"))
        tally = _Tally(said)
        with out, unsent:
            async with anyio.create_task_group() as group:
                for _ in range(_AT_ONCE):
                    group.start_soon(_send_all, self.vault, self.state, unsent.clone(), tally)
                for fact in self.kept:
                    out.send_nowait(fact)
                yield lambda fact: self._put(out, fact)
                out.close()
                if hurried():
                    group.cancel_scope.cancel()
        tally.summarise(self.vault.url)

    def _put(self, out: MemoryObjectSendStream[VideoKept], fact: VideoKept) -> None:
        """What another machine kept, that one sends."""
        if (self.state / fact.path).is_file():
            out.send_nowait(fact)


def sending(vault: Vault | None, state: Path, videos: Iterable[Video]) -> Sending:
    """Begin with those of these films that are here and not there yet: VaultError."""
    if vault is None:
        return Sending()
    there = vault.held()
    kept = [video.kept for video in videos if video.kept is not None]
    missing = (fact for fact in kept if fact.take not in there or there[fact.take].sha256 != fact.sha256)
    return Sending(vault, state, tuple(fact for fact in missing if (state / fact.path).is_file()))


@dataclass(slots=True)
class _Tally:
    said: Callable[[str], None]
    sent: int = 0
    left: int = 0

    def summarise(self, url: str) -> None:
        """What was sent; what was not is in the next run's hands."""
        if self.sent:
            self.said(f"{plural(self.sent, 'film')} sent to {clean(url)}")
        if self.left:
            self.said(f"{plural(self.left, 'film')} not sent to {clean(url)}: the next run tries again")


async def _send_all(
    vault: Vault, state: Path, unsent: MemoryObjectReceiveStream[VideoKept], tally: _Tally
) -> None:
    with unsent:
        async for fact in unsent:
            if await _sent(vault, state, fact, tally.said):
                tally.sent += 1
            else:
                tally.left += 1


async def _sent(vault: Vault, state: Path, fact: VideoKept, said: Callable[[str], None]) -> bool:
    put = partial(vault.put, fact.take, fact.sha256, state / fact.path)
    for pause in (*_PAUSES, None):
        try:
            await anyio.to_thread.run_sync(put, abandon_on_cancel=True)
        except OrchestratorError as error:
            if pause is None:
                said(f"{fact.path}: not sent: {error}")
                return False
            await anyio.sleep(pause)
        else:
            return True
    raise AssertionError("the last try ends it")


def films_of(lineage: Lineage, views: Sequence[ChainView]) -> tuple[Video, ...]:
    """The videos that these chains are made of, each once."""
    keys = dict.fromkeys(key for view in views for key in view.consulted)
    return tuple(video for key in keys if (video := lineage.video(key)) is not None)


def brought(vaults: Sequence[Vault], state: Path, kept: VideoKept) -> bool:
    """Whether the kept film is here, or was brought back just now: VaultError, DiskError."""
    path = state / kept.path
    for vault in () if path.is_file() else vaults:
        film = vault.look(kept.take)
        if film is not None and film.sha256 == kept.sha256:
            vault.bring(film, path)
            break
    return path.is_file()


def bringing(vault: Vault | None, state: Path) -> Callable[[str], bool] | None:
    """For an archive that is asked for a film which another machine kept, by its place in the folder."""
    if vault is None:
        return None

    def bring(place: str) -> bool:
        film = vault.look(Path(place).stem)
        if film is not None:
            vault.bring(film, state / place)
        return film is not None

    return bring


def restored(
    vault: Vault, known: Known, videos: Sequence[Video], said: Callable[[str], None]
) -> frozenset[TakeKey]:
    """Bring back every film of these that is not whole here; which came. Not while a run is going on.

    What `gc` removed is written down as kept again.
    """
    state, there, came = known.home.folder, vault.held(), set[TakeKey]()
    missing = [
        video for video in videos if video.take in there and not (video.kept and is_here(state, video))
    ]
    if not missing:
        return frozenset()
    with open_journal(known.home, submitter=True, spending=False) as journal:
        for video in missing:
            try:
                fact = _restored(vault, there[video.take], state, video)
            except (VaultError, MediaError) as error:
                said(clean(str(error)))
                continue
            came.add(video.take)
            if fact is not None:
                anyio.run(journal.append, (fact,))
    return frozenset(came)


def _restored(vault: Vault, film: Held, state: Path, video: Video) -> VideoKept | None:
    """The film in its place; the fact that says so, unless the journal says it already."""
    if video.kept is not None and video.kept.sha256 != film.sha256:
        raise VaultError(f"{vault.url}: {film.name} is another film than was kept here: not used")
    place = f"videos/{video.take}.mp4" if video.kept is None else video.kept.path
    vault.bring(film, state / place)
    if video.kept is not None:
        return None
    probe, now = check(state / place), datetime.now(UTC)
    return VideoKept(now, video.take, place, film.size, film.sha256, probe.seconds, probe.width, probe.height)

"""The video files on disk: streamed under a temporary name, checked, hashed, synced, renamed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from orchestrator.drift import Drift
from orchestrator.errors import DiskError, MediaError
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison
from orchestrator.media import Probe, check, closing_frame, measure
from orchestrator.plan import Downloads, Plan
from orchestrator.ports import Frame, Kept, Offload, Opening, Reel
from orchestrator.runner.downloading import Bounds, Downloader, forget, forget_useless
from orchestrator.runner.joined import Joined


class DiskArchive:
    """`videos/` holds every kept film under its take's key; `films/` the readable names."""

    def __init__(
        self,
        state: Path,
        offload: Offload,
        bounds: Bounds | None = None,
        bring: Callable[[str], bool] | None = None,
        downloads: Downloads | None = None,
    ) -> None:
        """`bring` puts a kept file in its place that is not on this machine, if it can."""
        self._state = state
        self._bring = bring
        self._offload = offload
        self._bounds = bounds or Bounds()
        self._downloader = Downloader(offload, self._bounds, downloads or Downloads(), self.room)
        self._joined = Joined(state / "joined", offload)
        self._joining = anyio.Lock()

    def room(self) -> str | None:
        """Why nothing more should be paid for on this disk; None when there is room."""
        try:
            free = shutil.disk_usage(self._state).free
        except OSError as error:
            return f"{self._state}: cannot be read: {error.strerror}"
        if free >= self._bounds.room:
            return None
        free, wanted = free >> 20, self._bounds.room >> 20
        return f"{self._state}: {free} MiB are free and {wanted} MiB are wanted: make room, then resume"

    async def keep(self, key: TakeKey, opening: Opening) -> Kept:
        """Stream, check, hash, sync and rename; what is there under the final name is whole."""
        path = self._state / "videos" / f"{key}.mp4"
        partial = path.with_suffix(".part")
        try:
            async with self._downloader.doors:
                resumed = await self._downloader.stream(partial, opening)
                settled = await self._offload(_settle, partial, path, resumed)
        except OSError as error:
            forget(partial)
            raise DiskError(f"{path}: cannot be written: {error.strerror}; make room, then resume") from error
        except (MediaError, DiskError):
            forget(partial)
            raise
        finally:
            forget_useless(partial)
        probe = settled.probe
        relative = str(path.relative_to(self._state))
        return Kept(relative, settled.size, settled.sha256, probe.seconds, probe.width, probe.height)

    async def measure(self, wanted: Comparison) -> Drift:
        """On frames decoded in a thread."""
        for excerpt in (wanted.source, wanted.before, wanted.segment):
            await self._here(excerpt.path)
        return await self._offload(measure, wanted, self._state)

    async def last_frame(self, path: str) -> Frame:
        """Taken in a thread: the whole last group of pictures is decoded for it."""
        still = await self._offload(closing_frame, await self._here(path))
        return Frame(still.content, still.digest, still.at)

    async def publish(self, plan: Plan, chain: str, reels: Sequence[Reel]) -> str:
        """A hard link where the disk can, else a copy; put in place by one rename."""
        folder = self._state / "films" / plan.name
        if plan.output is not None:
            folder = Path(plan.path or ".").parent / plan.output
        film = folder / f"{chain}.mp4"
        async with self._joining:
            whole = await self._joined.whole([(await self._here(reel.path), reel) for reel in reels])
            try:
                await self._offload(_link_or_copy, whole, film)
                await self._joined.forget_unnamed()
            except OSError as error:
                raise DiskError(
                    f"{film}: cannot be written: {error.strerror}; the film is kept as {whole}"
                ) from error
        return str(film)

    async def _here(self, path: str) -> Path:
        """The kept file of that name, brought from elsewhere where it is missing."""
        file = self._state / path
        if self._bring is not None and not file.is_file():
            await self._offload(self._bring, path)
        return file


@dataclass(frozen=True, slots=True)
class _Settled:
    probe: Probe
    size: int
    sha256: str


def _settle(partial: Path, path: Path, resumed: bool) -> _Settled:
    """Durable and proven before it takes its final name: a name in the archive is a promise."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    # Where two downloads meet, everything is looked at.
    probe = check(partial, thorough=resumed)
    os.replace(partial, path)
    forget(partial)
    _sync_folder(path.parent)
    return _Settled(probe, size, digest)


def _link_or_copy(kept: Path, film: Path) -> None:
    film.parent.mkdir(parents=True, exist_ok=True)
    partial = film.with_name(f".{film.name}.part")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(kept)
    except OSError:
        shutil.copyfile(kept, partial)  # another disk, or one without hard links
    os.replace(partial, film)
    # Renaming one name of a file onto another name of it is a no-op that leaves both.
    partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

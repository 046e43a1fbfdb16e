"""Brings files to the disk: so many at once, at their pace, from where an earlier download broke off."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from orchestrator.errors import DiskError, MediaError, ProviderError, UnreachableError
from orchestrator.plan import Downloads
from orchestrator.ports import Download, Offload, Opening, Part

PIECE = 1 << 20
"""Bytes that are written at once, in a thread: a disk may be slow, and the loop must not wait for it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may be at most: bytes, and seconds it may take to arrive; `room` stays free beside it."""

    size: int = 2 << 30
    seconds: float = 1800
    room: int = 64 * 1024 * 1024


class Pace:
    """Lets bytes through at so many a second, over all who ask; None is as fast as they come."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._paid_until = 0.0

    async def let_through(self, size: int) -> None:
        """Return when their time has come."""
        if self._rate is None:
            return
        now = anyio.current_time()
        self._paid_until = max(self._paid_until, now) + size / self._rate
        await anyio.sleep(self._paid_until - now)


class Downloader:
    """Streams files to the disk; `room` says why the disk takes no more."""

    def __init__(
        self, offload: Offload, bounds: Bounds, downloads: Downloads, room: Callable[[], str | None]
    ) -> None:
        self._offload = offload
        self._bounds = bounds
        self._room = room
        self._pace = Pace(None if downloads.rate is None else float(downloads.rate) * 1e6)
        self.doors = anyio.Semaphore(downloads.parallel)

    async def stream(self, partial: Path, opening: Opening) -> bool:
        """The whole file under that name, whether by more than one download: errors of whoever opens it.

        MediaError for what is no film or too large, DiskError. After UnreachableError and ProviderError,
        and when this is cancelled, what came stays for the next try, where its host allows that.
        """
        with anyio.move_on_after(self._bounds.seconds) as time_out:
            part = await self._offload(left_over, partial)
            async with opening(part) as download:
                await self._offload(_begin, partial, download)
                size = await self._receive(partial, download)
        if time_out.cancelled_caught:
            raise ProviderError(f"the file did not arrive within {self._bounds.seconds:.0f} s")
        if download.total is not None and size != download.total:
            raise UnreachableError(f"{size} bytes of the file came, and it has {download.total}")
        return download.start > 0

    async def _receive(self, partial: Path, download: Download) -> int:
        size, piece = download.start, bytearray()
        try:
            async for chunk in download.chunks:
                self._check(size, chunk)
                size += len(chunk)
                piece += chunk
                if len(piece) >= PIECE:
                    await self._write(partial, piece)
                await self._pace.let_through(len(chunk))
        finally:
            # Also when it breaks off: the next try goes on from here.
            with anyio.CancelScope(shield=True):
                await self._write(partial, piece)
        return size

    async def _write(self, partial: Path, piece: bytearray) -> None:
        if piece:
            content = bytes(piece)
            piece.clear()
            await self._offload(self._append, partial, content)

    def _append(self, partial: Path, content: bytes) -> None:
        full = self._room() if len(content) >= PIECE else None
        if full is not None:
            raise DiskError(full)
        with partial.open("ab") as file:
            file.write(content)

    def _check(self, size: int, chunk: bytes) -> None:
        if size == 0 and chunk[4:8] not in (b"ftyp", b"styp"):
            raise MediaError(f"what arrives is not an MP4; it begins with {chunk[:24]!r}")
        if size + len(chunk) > self._bounds.size:
            raise MediaError(f"the file is larger than the {self._bounds.size >> 20} MiB a film can be")


def left_over(partial: Path) -> Part | None:
    """What an earlier download left under this name, if it can be gone on from."""
    try:
        said = json.loads(_tag_of(partial).read_text("utf-8"))
        part = Part(partial.stat().st_size, int(said["total"]), str(said["tag"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None  # only a download more hangs on it
    return part if 0 < part.size < part.total else None


def forget(partial: Path) -> None:
    """Remove what a download left; what cannot be removed was not made."""
    for path in (partial, _tag_of(partial)):
        with suppress(OSError):
            path.unlink()


def forget_useless(partial: Path) -> None:
    """Remove it unless it can be gone on from."""
    if left_over(partial) is None:
        forget(partial)


def _begin(partial: Path, download: Download) -> None:
    """Keep as much as the download goes on from, and what the rest will be known by."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("ab") as file:
        os.truncate(file.fileno(), download.start)
    if download.tag is not None and download.total is not None:
        said = json.dumps({"total": download.total, "tag": download.tag})
        _tag_of(partial).write_text(said, encoding="utf-8")
    else:
        _tag_of(partial).unlink(missing_ok=True)


def _tag_of(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")

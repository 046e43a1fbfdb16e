"""Films of several segments, joined once and kept as one file for as long as they are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from orchestrator.media import Mark, Piece, stitch
from orchestrator.ports import Offload, Reel


class Joined:
    """`joined/` in the state folder; its files are named after what they are joined of."""

    def __init__(self, folder: Path, offload: Offload) -> None:
        self._folder = folder
        self._offload = offload

    async def whole(self, reels: Sequence[tuple[Path, Reel]]) -> Path:
        """The file of the whole film, joined of these files if need be: BrokenVideoError, DiskError."""
        if len(reels) == 1:
            return reels[0][0]
        film = self._folder / f"{_digest([reel for _, reel in reels])}.mp4"
        if not film.exists():
            await self._offload(_join, [_piece(file, reel) for file, reel in reels], film)
        return film

    async def forget_unnamed(self) -> None:
        """Remove what no readable name is left of: a longer film took it, or somebody deleted it."""
        await self._offload(_forget_unnamed, self._folder)


def _piece(file: Path, reel: Reel) -> Piece:
    marks = tuple(Mark(title, at) for title, at in reel.chapters)
    return Piece(file, marks=marks, until=reel.until)


def _digest(reels: Sequence[Reel]) -> str:
    parts = [
        (reel.sha256, str(reel.until), [(title, str(at)) for title, at in reel.chapters]) for reel in reels
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _join(pieces: Sequence[Piece], film: Path) -> None:
    film.parent.mkdir(parents=True, exist_ok=True)
    stitch(pieces, film)


def _forget_unnamed(folder: Path) -> None:
    # Where a disk has no hard links a readable name is a copy, and the joined film is made again if need be.
    for film in folder.glob("*.mp4") if folder.is_dir() else ():
        if film.stat().st_nlink == 1:
            film.unlink()

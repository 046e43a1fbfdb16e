"""Removes kept files that may go; a file is gone before the journal says so."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from orchestrator.errors import DiskError
from orchestrator.facts import FileDropped
from orchestrator.identity import TakeKey
from orchestrator.lineage import Video
from orchestrator.ports import Clock, Journal
from orchestrator.runner.downloading import forget


@dataclass(frozen=True, slots=True)
class Footprint:
    """A kept file as it lies on the disk; `frees` is 0 where another name holds its content."""

    video: Video
    frees: int
    here: bool = True


def footprint(state: Path, video: Video) -> Footprint:
    """How the file of a kept video lies on the disk: DiskError when that cannot be seen."""
    path = file_of(state, video)
    try:
        status = path.stat()
    except FileNotFoundError:
        return Footprint(video, 0, here=False)
    except OSError as error:
        raise DiskError(f"{path}: cannot be looked at: {error.strerror}") from error
    return Footprint(video, status.st_size if status.st_nlink == 1 else 0)


def file_of(state: Path, video: Video) -> Path:
    """Where the journal says that the file is: DiskError for a place outside of the archive."""
    assert video.kept is not None, "only a kept video has a file"
    path = PurePath(video.kept.path)
    if path.parent != PurePath("videos"):
        raise DiskError(f"{path}: no file of the archive; the journal was written by something else")
    return state / path


def whole(state: Path, video: Video) -> bool:
    """Whether the kept file is there with the size it had."""
    path = file_of(state, video)
    try:
        return video.kept is not None and path.stat().st_size == video.kept.size
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DiskError(f"{path}: cannot be looked at: {error.strerror}") from error


async def drop(state: Path, journal: Journal, clock: Clock, videos: Sequence[Video], because: str) -> None:
    """Remove the files, one after the other, and write each down at once.

    Killed in between, one file may be gone that the journal still calls kept: the next `drop` of it
    writes that down, and `fetch` brings it back. The caller is the one submitter meanwhile.
    """
    for video in videos:
        path = file_of(state, video)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DiskError(f"{path}: cannot be removed: {error.strerror}") from error
        await journal.append((FileDropped(clock.now(), video.take, because),))


def drop_beginnings(state: Path, wanted: Container[TakeKey]) -> None:
    """Remove what came of downloads that no run goes on with: of no take that is wanted. DiskError.

    Not while a run is going on.
    """
    for partial in state.joinpath("videos").glob("*.part"):
        if partial.stem not in wanted:
            try:
                forget(partial)
            except OSError as error:
                raise DiskError(f"{partial}: cannot be removed: {error.strerror}") from error

"""The video files of a world: rendered beside the running tasks, or one constant film for virtual time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import anyio
import anyio.to_thread

from orchestrator.media import Caption, Grade, extend, render
from orchestrator.sandbox.inbox import Inbox
from orchestrator.sandbox.rules import FPS
from orchestrator.sandbox.tasks import Task

_log = logging.getLogger(__name__)
_WILDEST = 6
_SIZES = {"16:9": (320, 180), "9:16": (180, 320), "1:1": (240, 240)}


class Renderer(Protocol):
    """Makes the film of one task."""

    def render(
        self, task: Task, parent: Task | None, film: Path | None, image: bytes | None, out: Path
    ) -> None:
        """Write the whole resulting video to `out`, atomically.

        `film` is the parent's, if there is one; `image` is what it begins with, where that was posted.
        """
        ...


class Shelf(Protocol):
    """Where the videos of a world come from."""

    def put(self, task: Task, picture: bytes) -> None:
        """Keep the picture that this task's video is to begin with; safe from a kill when it returns."""
        ...

    def make(self, task: Task, parent: Task | None, done: Callable[[], None]) -> None:
        """Begin to make this task's video; `done` is called once it can be read."""
        ...

    async def read(self, task: Task) -> bytes:
        """The file, of a task whose `done` was called."""
        ...

    async def run(self) -> None:
        """Do the making, until cancelled."""
        ...


class MediaRenderer:
    """Draws the prompt on moving pictures; an extension is its parent's film plus the new seconds."""

    def render(
        self, task: Task, parent: Task | None, film: Path | None, image: bytes | None, out: Path
    ) -> None:
        grade = _grade(task)
        if parent is not None and film is not None and film.exists():
            seconds = _seconds(task.frames - parent.frames)
            extend(film, _caption(task, parent), seconds, out, grade=grade)
        else:
            # Also the way out when the parent's file is gone: the length must be right, whatever is on it.
            caption, seconds, size = _caption(task, parent), _seconds(task.frames), _SIZES[task.aspect_ratio]
            render(caption, seconds, out, size=size, fps=FPS, image=image, grade=grade)


class RenderedShelf:
    """Real films in a folder, rendered one after the other in a worker thread, parents first."""

    def __init__(self, folder: Path, renderer: Renderer | None = None) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._renderer = renderer or MediaRenderer()
        for leftover in self._folder.glob(".*.part"):
            leftover.unlink()
        self._orders = Inbox[tuple[Task, Task | None, Callable[[], None]]]()

    def path(self, task: Task) -> Path:
        return self._folder / f"{task.video_id}.mp4"

    def put(self, task: Task, picture: bytes) -> None:
        self._picture(task).write_bytes(picture)

    def make(self, task: Task, parent: Task | None, done: Callable[[], None]) -> None:
        self._orders.put((task, parent, done))

    def make_now(self, task: Task) -> None:
        """Make a video that has no parent before going on, in the calling thread."""
        self._renderer.render(task, None, None, None, self.path(task))

    async def read(self, task: Task) -> bytes:
        return await anyio.Path(self.path(task)).read_bytes()

    async def run(self) -> None:
        while True:
            task, parent, done = await self._orders.take()
            film = self.path(parent) if parent is not None else None
            picture = self._picture(task)
            image = picture.read_bytes() if picture.exists() else None
            work = partial(self._renderer.render, task, parent, film, image, self.path(task))
            await anyio.to_thread.run_sync(work)
            _log.debug("rendered %s (%s s)", task.id, task.seconds)
            done()

    def forget(self, task: Task) -> None:
        """Delete the files of a purged task."""
        self.path(task).unlink(missing_ok=True)
        self._picture(task).unlink(missing_ok=True)

    def _picture(self, task: Task) -> Path:
        return self._folder / f"{task.video_id}.picture"


class StubShelf:
    """One small real film for every task, ready at once: nothing here waits for a thread or a disk."""

    def __init__(self, content: bytes | None = None) -> None:
        self._content = content if content is not None else small_film()

    def put(self, task: Task, picture: bytes) -> None:
        """What it begins with is not seen in the one film there is."""

    def make(self, task: Task, parent: Task | None, done: Callable[[], None]) -> None:  # noqa: ARG002 - the port's
        done()

    async def read(self, task: Task) -> bytes:  # noqa: ARG002 - the port's
        return self._content

    async def run(self) -> None:
        await anyio.sleep_forever()


@cache
def small_film() -> bytes:
    """A real MP4 of one second."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        render(Caption("sandbox", "one second", "0:00 – 0:01"), Decimal(1), out, size=(160, 90), fps=FPS)
        return out.read_bytes()


def _seconds(frames: int) -> Decimal:
    return Decimal(frames) / FPS


def _grade(task: Task) -> Grade:
    """As long chains go: more and more colour, and half as much of that in contrast."""
    drift = min(task.drift, _WILDEST)
    return Grade(colour=2**drift, contrast=2 ** (drift / 2))


def _caption(task: Task, parent: Task | None) -> Caption:
    begin = parent.frames / FPS if parent is not None else 0.0
    return Caption(
        title=f"sandbox · {task.kind} · {task.model} {task.mode}",
        text=task.submission.prompt,
        footer=f"{begin:.1f} – {task.frames / FPS:.1f} s",
    )

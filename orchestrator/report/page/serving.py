"""What the server answers: the page, its parts, stills, films, and what changes while somebody looks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.errors import OrchestratorError
from orchestrator.facts import Recorded, VideoKept
from orchestrator.identity import TakeKey
from orchestrator.lineage import Video
from orchestrator.media import FONT
from orchestrator.report.drifts import Drifts, drift_json
from orchestrator.report.frames import Frames, Still
from orchestrator.report.page.assembly import FRONT, MODULES, embedded, live_page, style_sheet
from orchestrator.report.page.contents import Telling
from orchestrator.report.page.follower import Follower
from orchestrator.web import Answer, Body, Event, Events, FileBody

if TYPE_CHECKING:
    from orchestrator.web import Request

_log = logging.getLogger(__name__)

_FILM: Final = re.compile(r"/film/([0-9a-z]{1,64})\.mp4")
_STILL: Final = re.compile(rf"/frames/([0-9a-z]{{1,64}})-({'|'.join(Still)})\.jpg")
_DRIFT: Final = re.compile(r"/drift/([0-9a-z]{1,64})\.json")
_AT_ONCE: Final = 2
"""Stills made, and drifts measured, at the same time: more would take the processor from a run beside us."""

_DAY: Final = 86400
_NO_PICTURE: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" fill="none" stroke="#8b95a1"'
    b' stroke-width="3"><rect x="52" y="27" width="56" height="36" rx="4"/><path d="M58 70l44-50"/></svg>'
)


class Page:
    """Answers for one state folder; `newer` gives the facts beyond a position, `now` the time."""

    def __init__(
        self,
        state: Path,
        telling: Telling,
        newer: Callable[[int], Iterable[Recorded]],
        now: Callable[[], datetime],
        bring: Callable[[VideoKept], bool] | None = None,
    ) -> None:
        """`bring` puts a kept film in its place that is not on this machine, if it can; it may block."""
        from orchestrator.web import Workbench  # here, because it brings starlette

        self._state = state
        self._frames = Frames(state)
        self._drifts = Drifts(state)
        self._follower = Follower(telling)
        self._newer = newer
        self._bring = bring
        self._now = now
        self._workbench = Workbench(_AT_ONCE)
        self._drawn: tuple[int, bytes] | None = None

    async def answer(self, request: Request) -> Answer | None:
        """The answer to one request; None where there is nothing."""
        # Not `request.url`, which is built from the Host header.
        path: str = request.scope["path"]
        if path == "/":
            return Body(self._page(), "text/html; charset=utf-8")
        if path == "/events":
            after = request.headers.get("last-event-id") or request.query_params.get("after", "")
            return Events(self._news, after)
        if path.startswith("/front/"):
            return _front(path.removeprefix("/front/"))
        self._follow()
        if film := _FILM.fullmatch(path):
            taken = TakeKey(film[1])
            return self._film(taken) or await self._workbench.do(lambda: self._film(taken, fetched=True))
        if still := _STILL.fullmatch(path):
            key, which = TakeKey(still[1]), Still(still[2])
            return await self._workbench.do(lambda: self._still(key, which))
        if drift := _DRIFT.fullmatch(path):
            key = TakeKey(drift[1])
            return await self._workbench.do(lambda: self._drift(key))
        return None

    def _page(self) -> bytes:
        self._follow()
        if self._drawn is None or self._drawn[0] != self._follower.position:
            page = live_page(self._follower.contents(self._now())).encode()
            self._drawn = (self._follower.position, page)
        return self._drawn[1]

    def _follow(self) -> None:
        self._follower.advance(self._newer(self._follower.position))

    def _news(self, last: str) -> Event | None:
        self._follow()
        known = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0
        changed = self._follower.since(known, self._now())
        return None if changed is None else Event(str(changed["position"]), "facts", embedded(changed))

    def _film(self, key: TakeKey, *, fetched: bool = False) -> FileBody | None:
        video = self._follower.lineage.video(key)
        if fetched and not self._brought(video):
            return None
        path = kept_film(self._state, video)
        return None if path is None else FileBody(path, "video/mp4")

    def _drift(self, key: TakeKey) -> Body:
        found = drift_json(self._drifts.measured(self._follower.lineage, key))
        return Body(embedded(found).encode(), "application/json")

    def _still(self, key: TakeKey, which: Still) -> Body | FileBody:
        lineage = self._follower.lineage
        path = self._frames.still(lineage, key, which)
        if path is None and self._brought(lineage.video(key)):
            path = self._frames.still(lineage, key, which)
        if path is None:
            return Body(_NO_PICTURE, "image/svg+xml")
        return FileBody(path, "image/jpeg", keep=_DAY)

    def _brought(self, video: Video | None) -> bool:
        """Whether a kept film that was not here is here now."""
        if self._bring is None or video is None or video.kept is None or kept_film(self._state, video):
            return False
        try:
            return self._bring(video.kept)
        except OrchestratorError as error:
            _log.warning("%s", error)
            return False


def kept_film(state: Path, video: Video | None) -> Path | None:
    """The file of a kept video, if it is where the archive has its files and nowhere else."""
    if video is None or video.kept is None:
        return None
    path = (state / video.kept.path).resolve()
    inside = path.is_relative_to((state / "videos").resolve())
    return path if inside and path.is_file() else None


def live_film(video: Video) -> str:
    """The address under which the server has the film of a video."""
    return f"film/{video.take}.mp4"


def _front(name: str) -> Answer | None:
    if name == "style.css":
        return Body(style_sheet("font.woff2").encode(), "text/css; charset=utf-8")
    if name == "font.woff2":
        return FileBody(FONT, "font/woff2", keep=_DAY)
    if name.removesuffix(".js") in MODULES and name.endswith(".js"):
        return FileBody(FRONT / name, "text/javascript; charset=utf-8")
    return None

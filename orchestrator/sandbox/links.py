"""Result URLs: absolute, signed, ending in .mp4 before the query, on an origin of their own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.sandbox.rules import PURGED_AFTER_MS
from orchestrator.sandbox.tasks import Task

_FOLDER = "/kling/"
_WATERMARK = "_watermark"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks URLs below `base`; `seconds` is how long one lives, None as long as the video."""

    base: str
    secret: str
    seconds: float | None = None

    def url(self, task: Task, now: int, *, watermark: bool = False) -> str:
        """A URL that works from `now` on for its time, without any authorization."""
        name = task.video_id + (_WATERMARK if watermark else "")
        until = task.accepted_at + PURGED_AFTER_MS
        if self.seconds is not None:
            until = min(until, now + round(self.seconds * 1000))
        return f"{self.base}{_FOLDER}{name}.mp4?e={until}&sig={self._signature(task.video_id, str(until))}"

    def is_good(self, video_id: str, query: Mapping[str, str], now: int) -> bool:
        """True for a query this world signed for this video and that has not run out."""
        until = query.get("e", "")
        signature = self._signature(video_id, until).encode()
        is_signed = hmac.compare_digest(signature, query.get("sig", "").encode("utf-8", "replace"))
        return is_signed and now < int(until)

    def _signature(self, video_id: str, until: str) -> str:
        text = f"{video_id}/{until}".encode("utf-8", "replace")
        return hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()[:32]


def video_of(path: str) -> str | None:
    """The video id a path of the file origin names, with or without the watermark; None for other paths."""
    if not (path.startswith(_FOLDER) and path.endswith(".mp4")):
        return None
    return path[len(_FOLDER) : -len(".mp4")].removesuffix(_WATERMARK)

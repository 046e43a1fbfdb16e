"""The file origin: MP4s with Range, no authorization wanted, and any that comes is noted as a leak."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.sandbox.account import Account
from orchestrator.sandbox.faults import Call, Effects
from orchestrator.sandbox.links import Links, video_of
from orchestrator.sandbox.replies import Reply, disturbed, made_up, plain_reply
from orchestrator.sandbox.tasks import Task
from orchestrator.web import DroppedError

if TYPE_CHECKING:
    from orchestrator.web import Request

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_MOST_LEAKS = 1000


@dataclass(frozen=True, slots=True)
class Leak:
    """A request to the file origin that carried credentials, of which only the beginning is kept."""

    time: int
    path: str
    authorization: str


class FileOrigin:
    """Answers GET and HEAD for the videos of an account."""

    def __init__(self, account: Account, links: Links) -> None:
        self.leaks: deque[Leak] = deque(maxlen=_MOST_LEAKS)
        self._account = account
        self._links = links

    async def answer(self, request: Request) -> tuple[Reply, Effects]:
        """The answer to one request, and what is to go wrong while it is sent."""
        self._note_leak(request)
        task = self._wanted(request)
        if isinstance(task, Reply):
            return task, Effects()
        call = Call("fetch", task.kind, task.id, task.submission.prompt)
        effects = self._account.strike(call)
        if effects.drop_before:
            raise DroppedError("dropped before the file")
        if effects.status is not None:
            return made_up(effects.status, ""), effects
        content = await self._account.shelf.read(task)
        reply = part_of(content, request.headers.get("range"), request.headers.get("if-range"))
        return disturbed(reply, effects, ""), effects

    def _note_leak(self, request: Request) -> None:
        authorization = request.headers.get("authorization")
        if authorization is not None:
            self.leaks.append(Leak(self._account.now(), request.scope["path"], authorization[:12]))

    def _wanted(self, request: Request) -> Task | Reply:
        if request.method not in ("GET", "HEAD"):
            return plain_reply(405, "Method Not Allowed")
        now = self._account.now()
        video_id = video_of(request.scope["path"])
        task = self._account.world.made(video_id) if video_id is not None else None
        if task is None or task.is_purged(now) or task.status(now) != "succeed":
            return plain_reply(404, "Not Found")
        if not self._links.is_good(task.video_id, request.query_params, now):
            return plain_reply(403, "Forbidden: the URL has expired or is not signed")
        return task


def part_of(content: bytes, wanted: str | None, of: str | None = None) -> Reply:
    """The whole file, or the one range of it that was asked for; whole if the range was `of` another."""
    tag = f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'
    always = (("content-type", "video/mp4"), ("accept-ranges", "bytes"), ("etag", tag))
    match = _RANGE.fullmatch(wanted.replace(" ", "")) if wanted and of in (None, tag) else None
    # Anything but one plain range may be ignored, and then the whole file is the right answer.
    if match is None or match.groups() == ("", ""):
        return Reply(200, content, always)
    first, last = _bounds(match.group(1), match.group(2), len(content))
    if first >= len(content) or first > last:
        return Reply(416, b"", (*always, ("content-range", f"bytes */{len(content)}")))
    where = ("content-range", f"bytes {first}-{last}/{len(content)}")
    return Reply(206, content[first : last + 1], (*always, where))


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1

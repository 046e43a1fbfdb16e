"""Answers as values, what a fault makes of them, and how they leave."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import anyio

from orchestrator.sandbox.envelopes import Json
from orchestrator.sandbox.faults import Effects, Status
from orchestrator.web import DroppedError

if TYPE_CHECKING:
    from orchestrator.web import Receive, Send

_CHUNK = 64 * 1024
_BOMB_BLOCKS = 1024
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_PAGE = (
    b"<!doctype html><html lang='zh'><head><meta charset='utf-8'><title>New API</title></head>"
    b"<body><div id='root'></div></body></html>"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


def json_reply(status: int, value: Json) -> Reply:
    # Escaped, so that half a surrogate pair in somebody's external id cannot break the answer.
    return Reply(status, json.dumps(value).encode(), (("content-type", "application/json"),))


def page_reply(status: int = 200) -> Reply:
    """The web page a gateway shows where it has no route."""
    return Reply(status, _PAGE, (("content-type", "text/html; charset=utf-8"),))


def plain_reply(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), (("content-type", "text/plain; charset=utf-8"),))


def made_up(status: Status, request_id: str) -> Reply:
    """The answer a fault dictates."""
    if status.code is None:
        reply = plain_reply(status.http, status.message)
    else:
        body = {"code": status.code, "message": status.message, "request_id": request_id}
        reply = json_reply(status.http, body)
    extra = (("retry-after", status.retry_after),) if status.retry_after else ()
    return replace(reply, headers=reply.headers + extra)


def distorted(value: Json, effects: Effects) -> Json:
    """The JSON of an answer after a fault changed its shape."""
    changed = json.loads(json.dumps(value))
    if effects.no_task_id:
        changed.pop("task_id", None)
        changed.pop("id", None)
        changed["data"] = {k: v for k, v in _members(changed.get("data")) if k != "task_id"}
    if effects.videos_null:
        _forget_videos(changed)
    if effects.empty_data:
        changed["data"] = {}
    if effects.data_list:
        changed["data"] = [changed.get("data")]
    if effects.string_code and "code" in changed:
        changed["code"] = str(changed["code"])
    return dict(changed)


def _members(data: object) -> list[tuple[str, Any]]:
    return list(data.items()) if isinstance(data, dict) else []


def _forget_videos(value: object) -> None:
    """`videos: null` wherever a result is, in any envelope."""
    if isinstance(value, list):
        for item in value:
            _forget_videos(item)
    elif isinstance(value, dict):
        if "videos" in value:
            value["videos"] = None
        for item in value.values():
            _forget_videos(item)


def disturbed(reply: Reply, effects: Effects, request_id: str) -> Reply:
    """The whole answer after a fault replaced it."""
    if effects.status_after is not None:
        return made_up(effects.status_after, request_id)
    if effects.redirect:
        return Reply(302, b"", (("location", effects.redirect),))
    if effects.html or effects.not_video:
        return page_reply()
    if effects.garbage:
        return replace(reply, status=200, body=b'{"code":0,"data":{"task_\xff\xfe')
    return reply


async def deliver(reply: Reply, effects: Effects, receive: Receive, send: Send) -> None:
    """Send an answer, whole or as a fault wants it; raises DroppedError where the connection is to break."""
    if effects.gzip_bomb:
        unpacking = (("content-encoding", "gzip"),)
        await _start(replace(reply, headers=reply.headers + unpacking), None, send)
        await _pour(_bomb(), receive, send)
    elif effects.endless:
        await _start(reply, None, send)
        await _pour(_forever(reply.body), receive, send)
    elif effects.truncate:
        await _start(reply, len(reply.body), send)
        await _body(reply.body[: len(reply.body) // 2], True, send)
        raise DroppedError("cut in the middle")
    else:
        await _start(reply, len(reply.body), send)
        for offset in range(0, len(reply.body), _CHUNK):
            await _body(reply.body[offset : offset + _CHUNK], True, send)
        await _body(b"", False, send)


async def _start(reply: Reply, length: int | None, send: Send) -> None:
    size = () if length is None else (("content-length", str(length)),)
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers + size]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def _body(chunk: bytes, more: bool, send: Send) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})


async def _pour(chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send until the chunks are over or the client has gone, which `send` alone would not notice."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        async for chunk in chunks:
            await _body(chunk, True, send)
        await _body(b"", False, send)
        group.cancel_scope.cancel()


async def _forever(start: bytes) -> AsyncIterator[bytes]:
    yield start
    while True:
        await anyio.sleep(0.001)
        yield bytes(_CHUNK)


async def _bomb() -> AsyncIterator[bytes]:
    yield _GZIP_HEADER
    for _ in range(_BOMB_BLOCKS):
        yield _bomb_block()


@cache
def _bomb_block() -> bytes:
    """A megabyte of zeros as a deflate block that can be repeated, because it refers to nothing before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)

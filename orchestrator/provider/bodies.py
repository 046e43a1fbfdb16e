"""Reads an answer's body within bounds, whatever it claims to be compressed with."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import anyio
import httpx

from orchestrator.provider.auth import Key
from orchestrator.provider.failures import CAUGHT
from orchestrator.provider.fields import date_of, waiting
from orchestrator.provider.reply import Reply

LIMIT = 1024 * 1024
"""Bytes of an answer that are read, after decompression: real ones have a few thousand."""

_EITHER_ZLIB_OR_GZIP = 47
_CLOSING = 2.0
_NOTHING = httpx.ByteStream(b"")


async def reply_of(response: httpx.Response, key: Key, now: datetime) -> Reply:
    """The answer as a value, without our key; its text is None when it is too large or not decodable.

    Raises what httpx raises when the connection fails meanwhile.
    """
    content = await _bounded(response)
    text = None if content is None else key.conceal(content.decode("utf-8-sig", "replace"))
    return Reply(
        status=response.status_code,
        text=text,
        content_type=response.headers.get("content-type", ""),
        retry_after=waiting(response.headers.get("retry-after"), now),
        date=date_of(response.headers.get("date")),
    )


@asynccontextmanager
async def closing(response: httpx.Response) -> AsyncIterator[None]:
    """Close the answer afterwards; neither trouble nor a time-out in closing undoes what was read."""
    try:
        yield
    finally:
        if not response.is_closed:
            with anyio.move_on_after(_CLOSING, shield=True), suppress(*CAUGHT):
                await response.aclose()
        # The client ties an answer, its stream, its request and its connection into a ring that only the
        # collector could take apart: a hundred objects for each exchange.
        response.stream = _NOTHING


@asynccontextmanager
async def pieces(response: httpx.Response) -> AsyncIterator[AsyncIterator[bytes]]:
    """The body as it comes, undecoded; reading may stop early.

    The client nests generators, and only the outermost could be closed from here. So the rest is read in
    a cancelled scope, which unwinds all of them at the next wait for the network.
    """
    raw = response.aiter_raw()
    try:
        yield raw
    finally:
        if not response.is_closed:
            with anyio.CancelScope() as scope, suppress(*CAUGHT):
                scope.cancel()
                async for _ in raw:
                    pass


async def _bounded(response: httpx.Response) -> bytes | None:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        return None
    async with pieces(response) as raw:
        return await _inflated(raw) if encoding not in ("identity", "") else await _joined(raw)


async def _joined(raw: AsyncIterator[bytes]) -> bytes | None:
    content = bytearray()
    async for chunk in raw:
        content += chunk
        if len(content) > LIMIT:
            return None
    return bytes(content)


async def _inflated(raw: AsyncIterator[bytes]) -> bytes | None:
    """Decompressed piece by piece: a small bomb must not become a large one in memory."""
    inflate = zlib.decompressobj(_EITHER_ZLIB_OR_GZIP)
    content = bytearray()
    async for chunk in raw:
        try:
            content += inflate.decompress(chunk, LIMIT + 1 - len(content))
        except zlib.error:
            return None
        if len(content) > LIMIT:
            return None
    return bytes(content) if inflate.eof else None

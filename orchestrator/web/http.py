"""What an application needs of starlette: a request, the ASGI types, and a bounded body."""

from __future__ import annotations

from starlette.requests import ClientDisconnect as ClientGoneError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

__all__ = ["ClientGoneError", "Receive", "Request", "Scope", "Send", "read_body"]

# A client that is still sending does not read its answer: what is somewhat too large is read to its end.
_PATIENCE = 4


async def read_body(request: Request, limit: int) -> bytes | None:
    """The whole body, or None when it is larger than `limit` bytes; raises ClientGoneError."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit * _PATIENCE:
            break
        if size <= limit:
            chunks.append(chunk)
    return b"".join(chunks) if size <= limit else None

"""Requests written out in full, so that the HTTP client has nothing to fill in, anew for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import httpx

from orchestrator import __version__

HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": f"orchestrator/{__version__}"}
"""What every request of ours says of itself."""

CONNECT = 10.0
"""Seconds until a connection must stand."""

_parsed = lru_cache(maxsize=16)(httpx.URL)
"""The routes of a host are few, and taking a URL apart is a tenth of what a request costs."""


def question(url: str, query: Mapping[str, int] | None, bearer: str, patience: float) -> httpx.Request:
    """A GET; whoever sends it bounds it with `patience`, in seconds."""
    headers = {**HEADERS, "Connection": "keep-alive", "Authorization": f"Bearer {bearer}"}
    return httpx.Request("GET", url, params=query, headers=headers, extensions=_within(patience))


def submission(
    url: str, bearer: str, body: bytes, patience: float, extensions: Mapping[str, object]
) -> httpx.Request:
    """A POST of JSON, on a connection that is closed behind it; bounded by whoever sends it."""
    headers = {
        **HEADERS,
        "Connection": "close",
        "Authorization": f"Bearer {bearer}",
        "Content-Type": "application/json",
    }
    together = {**_within(patience), **extensions}
    return httpx.Request("POST", _parsed(url), content=body, headers=headers, extensions=together)


# One clock for a whole exchange is enough: one for each read and write costs a hundredth of all that is done.
@lru_cache(maxsize=16)
def _within(patience: float) -> dict[str, object]:
    return {"timeout": {"connect": min(CONNECT, patience)}}

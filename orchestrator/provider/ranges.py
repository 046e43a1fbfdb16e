"""The rest of a file, and only of the very same one: what is asked for, and what an answer holds; pure."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

import httpx

from orchestrator.ports import Download, Part

_WHERE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)


def asked_for(part: Part | None) -> Mapping[str, str]:
    """The headers that ask for what comes after the part, if the host's file is still the one it is of."""
    return {} if part is None else {"Range": f"bytes={part.size}-", "If-Range": part.tag}


def goes_on(response: httpx.Response, part: Part) -> bool:
    """The answer holds just the rest of that file."""
    where = _WHERE.fullmatch(response.headers.get("content-range", ""))
    if response.status_code != 206 or where is None:
        return False
    return tuple(map(int, where.groups())) == (part.size, part.total - 1, part.total)


def download_of(response: httpx.Response, chunks: AsyncIterator[bytes], part: Part | None) -> Download:
    """What the answer brings; a tag only where it names the content byte for byte."""
    if part is not None and response.status_code == 206:
        return Download(chunks, part.size, part.total, part.tag)
    length, tag = response.headers.get("content-length", ""), response.headers.get("etag", "")
    told = length.isascii() and length.isdigit()
    strong = tag.startswith('"') and tag.endswith('"') and len(tag) > 2
    return Download(chunks, total=int(length) if told else None, tag=tag if strong else None)

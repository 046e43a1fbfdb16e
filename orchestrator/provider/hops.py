"""Takes redirects away from httpx, which reads them, and fails on bad ones, even if told not to follow."""

from __future__ import annotations

import httpx

LOCATION = "orchestrator.location"
"""The key of a response's extensions under which a redirect's target is kept, as it came."""


async def unread(response: httpx.Response) -> None:
    """A hook for httpx's responses: hide where it redirects to; what to do about it is ours."""
    if response.has_redirect_location:
        response.extensions[LOCATION] = response.headers.pop("location")

"""Runs blocking work in threads, beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """What the function returns or raises; a cancelled wait lets it finish, and drops its result."""
    return await to_thread.run_sync(lambda: function(*arguments), abandon_on_cancel=True)

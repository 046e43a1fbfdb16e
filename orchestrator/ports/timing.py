"""Time and threads, as a run needs them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """The time of day, and a clock that only grows and goes on while the machine sleeps."""

    def now(self) -> datetime:
        """Aware UTC, to the millisecond; steady within a run even if somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...


class Offload(Protocol):
    """Runs a blocking function beside the event loop; virtual time runs it in line."""

    async def __call__(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises."""
        ...

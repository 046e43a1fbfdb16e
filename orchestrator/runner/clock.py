"""The real clock: the time of day as it was when the run began, carried on by a clock that only grows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

# It goes on while the machine sleeps, so that an intent from before a sleep is known to be old.
_SLEEPLESS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Somebody who sets the machine's clock during a run does not move the run's own time."""

    def __init__(self, now: datetime | None = None) -> None:
        began = now or datetime.now(UTC)
        self._began = began.replace(microsecond=began.microsecond // 1000 * 1000)
        self._since = self.monotonic()

    def now(self) -> datetime:
        """Aware UTC, to the millisecond."""
        return self._began + timedelta(milliseconds=int((self.monotonic() - self._since) * 1000))

    def monotonic(self) -> float:
        """Seconds that only grow, asleep or awake."""
        return time.clock_gettime(_SLEEPLESS)

"""Lets submissions through: an account's slots, its pace, and how long its troubles have lasted."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.facts import Reason
from orchestrator.ports import Declined

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Exponential back-off from 1 s, as the vendor advises (protocol page, §6)."""

MOMENT = 0.1
"""Seconds until a slot that others took, or wait for, is asked for again."""

RAISE_AFTER = 300.0
"""Seconds without a refusal after which one more slot is tried, up to what was declared."""

PATIENCE = {"busy": 3600.0, "unreachable": 6 * 3600.0, "never reached": 120.0}
"""Seconds of one kind of trouble, without a single success, after which a run gives up."""

_NO_SLOT = "1303"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What has been wrong with the provider, and for how long, in seconds."""

    kind: str
    message: str
    seconds: float

    @property
    def hopeless(self) -> bool:
        """It has lasted longer than a run waits."""
        return self.seconds > PATIENCE[self.kind]


class Gate:
    """One account's door; told the time (seconds that only grow), asks nothing itself."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.declared = slots
        self._changed = 0.0
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self._reached = False
        self._trouble: tuple[str, str, float] | None = None

    def opens_in(self, now: float, in_the_air: int) -> float | None:
        """Seconds until the next submission may leave; None: not before a task has ended."""
        self._raise(now)
        if in_the_air >= self.slots:
            return None
        return max(0.0, self._closed_until - now)

    def full(self, now: float, pause: float = 0) -> None:
        """The journal says that it is not our turn: to be asked again in a moment, or after the pause."""
        self._closed_until = max(self._closed_until, now + max(MOMENT, pause))

    def reached(self) -> None:
        """The provider answered something useful: whatever was wrong is over."""
        self._reached = True
        self._trouble = None

    def accepted(self) -> None:
        """A submission was taken: the pace is right."""
        self.reached()
        self._pause = FIRST_PAUSE

    def declined(self, declined: Declined, now: float, in_the_air: int) -> None:
        """A submission was turned away; `in_the_air` counts the tasks that run without it."""
        if declined.reason is Reason.BUSY:
            self._reached = True
            if declined.code == _NO_SLOT and in_the_air > 0:
                # As many as run now are allowed, for certain; the end of one opens the gate again.
                self.slots, self._changed = min(self.slots, in_the_air), now
                return
            self._fail("busy", declined.message, now, declined.retry_after)
        elif declined.reason in (Reason.UNREACHABLE, Reason.UNSENT):
            self.unreachable(declined.message, now, declined.retry_after)
        else:
            self.reached()

    def unreachable(self, message: str, now: float, retry_after: float | None = None) -> None:
        """The provider did not answer."""
        self._fail("unreachable" if self._reached else "never reached", message, now, retry_after)

    def trouble(self, now: float) -> Trouble | None:
        """What is wrong at the moment."""
        if self._trouble is None:
            return None
        kind, message, since = self._trouble
        return Trouble(kind, message, now - since)

    def _fail(self, kind: str, message: str, now: float, retry_after: float | None) -> None:
        since = self._trouble[2] if self._trouble and self._trouble[0] == kind else now
        self._trouble = (kind, message, since)
        if now < self._closed_until:
            return  # several answers of one moment are one failure
        self._closed_until = now + max(self._pause, min(retry_after or 0.0, 3600.0))
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _raise(self, now: float) -> None:
        if self.slots < self.declared and now - self._changed >= RAISE_AFTER:
            self.slots, self._changed = self.slots + 1, now

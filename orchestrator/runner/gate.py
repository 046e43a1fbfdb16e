"""Lets submissions through: an account's slots, its pace, and how long its troubles have lasted."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.facts import Reason
from orchestrator.ports import Declined

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Exponential back-off from 1 s, as the vendor advises (protocol page, §6)."""

MOMENT = 0.1
"""Seconds until a slot that others took, or wait for, is asked for again."""

CERTAIN = 5
"""Slots of the smallest pack that is sold (protocol page, §6): so many are taken to be there."""

RAISE_AFTER = 540.0
"""Seconds after a refusal until one more slot is tried: a larger pack is found within ten minutes."""

RAISE_SOONER, FLOWING = 60.0, 99
"""It is tried after this time already where so many were accepted that one refusal is lost among them."""

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
    """One account's door; told the time (seconds that only grow), asks nothing itself.

    `declared` is a promise that may not hold. What is known to be allowed is what was accepted at the same
    time; beyond it the gate feels its way, one more at first and faster while that goes well. A refusal for
    want of a slot sets a limit to it, which is tried again after a while.
    """

    def __init__(self, slots: int) -> None:
        self.declared = slots
        self._known = min(slots, CERTAIN)
        self._step = 1
        self._limit: int | None = None
        self._refused_at = 0.0
        self._accepted = 0
        self._unanswered = 0
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self._reached = False
        self._trouble: tuple[str, str, float] | None = None

    def opens_in(self, now: float, in_the_air: int) -> float | None:
        """Seconds until the next submission may leave; None: not before a task has ended."""
        self._try_again(now)
        if self._limit is None:
            # Tasks that run are allowed, also those of a run before.
            self._known = max(self._known, min(self.declared, in_the_air - self._unanswered))
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

    @property
    def slots(self) -> int:
        """How many may be in the air now."""
        limit = self.declared if self._limit is None else self._limit
        return min(self.declared, limit, self._known + self._step)

    def sent(self) -> None:
        """A submission is on its way; exactly one of `accepted`, `declined` and `unclear` follows."""
        self._unanswered += 1

    def unclear(self) -> None:
        """Nobody knows what became of it, so that it teaches nothing."""
        self._unanswered -= 1

    def accepted(self, in_the_air: int) -> None:
        """A submission was taken: the pace is right, and so many at a time are allowed as now run."""
        self._unanswered -= 1
        self.reached()
        self._pause = FIRST_PAUSE
        self._accepted += 1
        running = in_the_air - self._unanswered
        if self._limit is not None and running > self._limit:
            self._limit = running  # the answer to one that left before overtook the refusal
        if running > self._known:
            self._known = running
            self._step = max(1, min(2 * self._step, running // 2))

    def declined(self, declined: Declined, now: float, in_the_air: int) -> None:
        """A submission was turned away; `in_the_air` counts the others, answered or not."""
        self._unanswered -= 1
        running = in_the_air - self._unanswered
        if declined.reason is Reason.BUSY:
            self._reached = True
            if declined.code == _NO_SLOT and running > 0:
                # As many as run now are allowed, for certain; the end of one opens the gate again.
                limit = self.declared if self._limit is None else self._limit
                self._limit = min(limit, running)
                self._known, self._step = min(self._known, self._limit), 1
                self._refused_at, self._accepted = now, 0
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

    def _try_again(self, now: float) -> None:
        passed = now - self._refused_at
        if passed >= RAISE_AFTER or (passed >= RAISE_SOONER and self._accepted >= FLOWING):
            self._limit = None

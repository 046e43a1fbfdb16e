"""Begins what is ready, the longest line first, as far as slots, pace and money allow, and has it sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import assert_never

import anyio.lowlevel

from orchestrator.errors import DiskError, OrchestratorError
from orchestrator.identity import TakeKey
from orchestrator.planner import Submit
from orchestrator.ports import Begun, Frame, Intent, NoSlot, OverBudget, Stale, Taken, Terms
from orchestrator.runner.desk import Desk
from orchestrator.runner.desks import Desks
from orchestrator.runner.errands import Errand
from orchestrator.runner.following import Following
from orchestrator.runner.framing import Framing
from orchestrator.runner.hands import Hands
from orchestrator.runner.knowledge import Knowledge
from orchestrator.runner.outside import ChainName, Outside
from orchestrator.runner.posting import intent, post

_POSTS = 100
"""Submissions on their way at once: an intent waits for its turn before it is written, never after."""

_TOGETHER = 16
"""Intents of one commit: a disk or a database is waited for once, and nobody else for long."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A submission that is ready to be begun, and all that sending it takes."""

    submit: Submit
    intent: Intent
    deadline: float
    frame: Frame | None


class Submitting:
    """`failed` hears of what keeps everything from being sent; `replan` plans with what was just read."""

    def __init__(
        self,
        outside: Outside,
        knowledge: Knowledge,
        desks: Desks,
        following: Following,
        framing: Framing,
        failed: Callable[[OrchestratorError], None],
        replan: Callable[[], None],
    ) -> None:
        self._outside = outside
        self._knowledge = knowledge
        self._desks = desks
        self._following = following
        self._framing = framing
        self._failed = failed
        self._replan = replan
        self._posting: set[Errand] = set()

    @property
    def busy(self) -> bool:
        """An answer to something that was sent is waited for."""
        return bool(self._posting)

    def sending(self, takes: Set[TakeKey]) -> bool:
        """An answer is waited for that concerns one of these takes."""
        return any(name[0] in takes for name in self._posting)

    def waits(self, account: str) -> bool:
        """Something is ready to be sent, and its turn comes even if nothing in the air ever ends.

        Asked when nobody is watched any more: then tasks that hold all slots are for a person to judge.
        """
        return bool(self._knowledge.ready(account, 1)) and not self._desks[account].jammed()

    def opens_in(self) -> float | None:
        """Seconds until a gate opens that something waits for; None where only an answer opens one."""
        # Where enough is on its way, the end of one of them is what wakes us.
        waiting = self._desks.items() if len(self._posting) < _POSTS else ()
        found = (
            opens
            for account, desk in waiting
            if (opens := desk.opens_in()) is not None and self._knowledge.ready(account, 1)
        )
        return min(found, default=None)

    async def begin_ready(self, hands: Hands, stop: Callable[[], bool]) -> None:
        """Begin what is ready and may leave now, until `stop`."""
        for account, desk in list(self._desks.items()):
            while not stop() and await self._begin_some(account, desk, hands):
                # Others get their turn, and what they learn meanwhile may change what goes first.
                await anyio.lowlevel.checkpoint()
                self._replan()
            if (hopeless := desk.hopeless()) is not None:
                self._failed(hopeless)

    async def _begin_some(self, account: str, desk: Desk, hands: Hands) -> bool:
        """Begin a few attempts and start sending them; false when the gate is to be asked again later."""
        opens = desk.opens_in()
        most = min(_TOGETHER, _POSTS - len(self._posting)) if opens == 0 else 1
        ready = self._knowledge.ready(account, most)
        if not ready:
            return False
        if opens is None:
            await self._outside.journal.stand_by(account, ready[0][1].level)
        if opens != 0:
            return False
        if (full := desk.archive.room()) is not None:
            self._failed(DiskError(full))
            return False
        room = desk.gate.slots - desk.in_the_air()
        letters = await self._letters(desk, ready[:room], hands)
        return letters is not None and await self._begin(desk, letters, hands)

    async def _letters(
        self, desk: Desk, ready: Sequence[tuple[ChainName, Submit]], hands: Hands
    ) -> list[_Letter] | None:
        """What may be begun together; None where the first one's file must come again before."""
        found: list[_Letter] = []
        for chain, submit in ready:
            if submit.by_frame and found:
                break  # taking its frame takes time, in which the others would age
            frame = await self._framing.frame(submit, hands) if submit.by_frame else None
            if submit.by_frame and frame is None:
                return None
            letter = self._letter(desk, chain, submit, frame)
            if letter is not None:
                found.append(letter)
            if submit.by_frame:
                break
        return found

    def _letter(self, desk: Desk, chain: ChainName, ready: Submit, frame: Frame | None) -> _Letter | None:
        """The gate may have been closed for long: what was decided then is decided again now."""
        view = self._knowledge.lately(chain, desk.now())
        submit = next(
            (each for each in view.next if isinstance(each, Submit) and each.take == ready.take), None
        )
        if submit is None:
            return None
        share = self._knowledge.shares[chain]
        deadline = desk.clock.monotonic() + desk.settings.patience.send
        attempt = intent(desk, self._outside.journal.id, submit, share, frame)
        terms = Terms(desk.gate.slots, submit.level, self._knowledge.allowances(chain))
        return _Letter(submit, Intent(attempt, terms), deadline, frame)

    async def _begin(self, desk: Desk, letters: Sequence[_Letter], hands: Hands) -> bool:
        """Write the intents, and start sending what was begun; false when the account is full."""
        if not letters:
            return True
        known, more, news = self._knowledge.lineage.position, True, None
        found = await self._outside.journal.begin([each.intent for each in letters], known)
        for letter, beginning in zip(letters, found, strict=True):
            match beginning:
                case Begun():
                    # Before anything is waited for: what is written down as begun is sent, whatever happens.
                    desk.gate.sent()
                    self._send(desk, letter, hands)
                case NoSlot(pause=pause):
                    # Full, or others have more below: what they do is read soon.
                    desk.gate.full(desk.clock.monotonic(), pause)
                    more = False
                case Stale() | Taken() | OverBudget():
                    news = beginning
                case _:
                    assert_never(beginning)
        for each in found:
            if isinstance(each, Begun):
                await self._following.learn(each.recorded)
        if news is not None:
            # Something was written that this decision did not know: a person's word, an answer, another step.
            await self._following.read_on()
            assert self._knowledge.lineage.position > known, f"{news} though nothing is new"
            self._replan()
        return more

    def _send(self, desk: Desk, letter: _Letter, hands: Hands) -> None:
        name = (letter.intent.attempt.take, letter.intent.attempt.number)
        self._posting.add(name)
        hands.begin(name, self._post, desk, letter)

    async def _post(self, desk: Desk, letter: _Letter) -> None:
        begun = letter.intent.attempt
        try:
            await post(desk, begun, letter.submit, letter.deadline, letter.frame)
        finally:
            self._posting.discard((begun.take, begun.number))

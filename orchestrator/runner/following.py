"""The journal as a run follows it: its own facts and those of others, each once, in order."""

from __future__ import annotations

from collections.abc import Callable

import anyio.lowlevel

from orchestrator.facts import Fact, Recorded
from orchestrator.lineage import Lineage
from orchestrator.ports import Journal


class Following:
    """`learned` hears of every fact as soon as it is known, after all that were written before it."""

    def __init__(self, journal: Journal, lineage: Lineage, learned: Callable[[Recorded], None]) -> None:
        self._journal = journal
        self._lineage = lineage
        self._learned = learned

    async def record(self, *facts: Fact) -> None:
        """Write facts durably, and know them."""
        for recorded in await self._journal.append(facts):
            await self.learn(recorded)

    async def learn(self, recorded: Recorded) -> None:
        """Take in a fact of ours, after all that were written before it, whoever wrote them."""
        if recorded.position > self._lineage.position + 1:
            # Those who wrote what is missing may know it already, and only wait for their turn to tell.
            # Not cancelled here: what is written down would be known no sooner than the next fact is.
            await anyio.lowlevel.cancel_shielded_checkpoint()
        if recorded.position == self._lineage.position + 1:
            self._learned(recorded)
        elif recorded.position > self._lineage.position:
            await self.read_on()

    async def read_on(self) -> tuple[Fact, ...]:
        """Take in, and return, what is not known yet."""
        found = []
        for recorded in await self._journal.read(self._lineage.position):
            # Another task may have read on while this one waited.
            if recorded.position > self._lineage.position:
                self._learned(recorded)
                found.append(recorded.fact)
        return tuple(found)

    async def catch_up(self) -> tuple[Fact, ...]:
        """Read on if another process may have written, and return what it wrote."""
        return await self.read_on() if await self._journal.changed() else ()

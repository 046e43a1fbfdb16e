"""One process among several: a loop whose shares come from the queue and go back to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

import anyio

from orchestrator.cluster.handover import Handover
from orchestrator.cluster.queue import Queue, QueueError
from orchestrator.cluster.serving import PutBackError, serve
from orchestrator.errors import DiskError, JournalBrokenError, OrchestratorError
from orchestrator.facts import Recorded, RunBegan
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan, ProviderSettings
from orchestrator.planfile import parse
from orchestrator.planner import Run
from orchestrator.report import plural
from orchestrator.runner import Loop, Outside, Share

_WELL = 10.0
"""Seconds that a turn of the loop may take; a worker that hangs longer is not well."""

_HUNG = 900.0
"""Seconds after which a loop that has not turned never will: even a database is given up before."""

_AGAIN = 3.0
"""Seconds until a queue that was lost is looked for again."""

_LEFT = 30.0
"""Seconds for which a share is left to workers that have its account's key, or can read its plan."""

_LOOK = 30.0
"""Seconds between two looks for takes that nobody tends."""

_STRAY = 600.0
"""Seconds until takes that nobody tends are handed out once more: what is held for a person stays so."""


@dataclass(eq=False)
class _Work:
    """A share in hand; `ended` is set once it has settled, or is to be put back."""

    share: Share
    ended: anyio.Event = field(default_factory=anyio.Event)
    settled: bool = False


class Worker:
    """Opens providers as shares need them (`reach`); `connect` gives it the queue, again where it is lost."""

    def __init__(
        self,
        outside: Outside,
        name: str,
        reach: Callable[[ProviderSettings], Awaitable[None]],
        connect: Callable[[], AbstractAsyncContextManager[Queue]],
        concurrency: int,
    ) -> None:
        self._outside = outside
        self._reach = reach
        self._connect = connect
        self._concurrency = concurrency
        run = Run(name, 0, outside.clock.now())
        self.loop = Loop(outside, run, self._failed, self._settled, alone=False)
        self._works: dict[int, _Work] = {}
        self._plans: dict[tuple[str, str], Plan] = {}
        self._drained = anyio.Event()
        self._over = False
        self._error: OrchestratorError | None = None
        self._said: OrchestratorError | None = None
        self._strays: dict[TakeKey, float] = {}
        self._former: set[int] = set()
        self._look_at = 0.0
        self._turned = outside.clock.monotonic()

    async def work(self) -> None:
        """Until drained; raises what it could not go on with, once everything is given back."""
        await self.loop.begin()
        async with anyio.create_task_group() as tasks:
            await tasks.start(self.loop.work, self._is_over)
            while not self._drained.is_set():
                await self._serve()
            self._over = True
            self.loop.wake()
        if self._error is not None:
            raise self._error

    def drain(self) -> None:
        """No new POST; `work` returns once those sent are answered and all shares are given back."""
        self.loop.drain()
        self._drained.set()
        for work in self._works.values():
            work.ended.set()

    @property
    def well(self) -> bool:
        """Its loop turns: what it has in hand goes on."""
        return self._outside.clock.monotonic() - self._turned < _WELL

    @property
    def hung(self) -> bool:
        """Nothing moves in it any more, and nothing will; may be asked from another thread."""
        return self._outside.clock.monotonic() - self._turned > _HUNG

    def _is_over(self) -> bool:
        """Asked by the loop at each turn."""
        self._turned = self._outside.clock.monotonic()
        return self._over

    async def _serve(self) -> None:
        try:
            async with self._connect() as queue:
                self._said = None
                await serve(queue, self, self._concurrency, self._drained, self._former)
        except QueueError as error:
            self._say(error, "trying again")
            with anyio.move_on_after(_AGAIN):
                await self._drained.wait()

    def has_in_hand(self, recorded: Recorded, lineage: Lineage) -> bool:
        """Whether a fact is about a take of a share that this worker has, and no other."""
        key = getattr(recorded.fact, "take", None)
        last = lineage.take(key).last if key is not None else None
        return last is not None and (last.begun.plan, last.begun.chain) in self.loop.knowledge.shares

    # ---- what the queue asks for

    async def perform(self, handover: Handover, number: int) -> None:
        """Work on a share until it has settled; PutBackError to leave it to others."""
        try:
            share = await self._share_of(handover)
            if share is not None:
                await self._work_on(share, number)
        except OrchestratorError as error:
            self._say(error)
            raise PutBackError(_LEFT) from error

    async def _work_on(self, share: Share, number: int) -> None:
        if self._drained.is_set():
            raise PutBackError
        work = self._works[number] = _Work(share)
        self.loop.take_on(share)
        try:
            await work.ended.wait()
            if not work.settled:
                raise PutBackError
            await self.loop.finish(share)
        finally:
            del self._works[number]
            with anyio.CancelScope(shield=True):
                await self.loop.give_back(share)

    def lose(self, numbers: Set[int]) -> None:
        """They are others' by now: leave off."""
        lost = [each for number, each in self._works.items() if number in numbers and not each.ended.is_set()]
        for work in lost:
            work.ended.set()
        if lost:
            self._tell(
                f"this worker was not heard of for too long: others have {_groups(len(lost))} of its own"
            )

    def bury(self, count: int) -> None:
        """Somebody is not heard of any more, and leaves so many shares to the living."""
        self._tell(f"a worker is not heard of any more: {_groups(count)} of its own go to others")

    async def look_round(self, queue: Queue) -> None:
        """Hand out what is in the air for chains that nobody works on: nothing is orphaned."""
        if self._outside.clock.monotonic() < self._look_at:
            return
        self._look_at = self._outside.clock.monotonic() + _LOOK
        strays = dict(self._found_strays())
        if not strays:
            return
        live = await queue.live()
        held = {(each.plan, chain) for each in live for chain in each.chains}
        tended = {key for each in live for key in each.strays}
        loose = [key for key, name in strays.items() if name not in held and key not in tended]
        for each in self._stray_shares(loose):
            # Only what was handed out rests: a share that is seen now may be given back in a moment.
            if await queue.hand_over((each,)):
                self._strays.update(dict.fromkeys(each.strays, self._outside.clock.monotonic()))

    # ---- shares

    async def _share_of(self, handover: Handover) -> Share | None:
        """What was handed over, with its plan; None where a newer text of the plan counts by now."""
        await self.loop.read_on()
        began = self.loop.knowledge.lineage.plans.get(handover.plan)
        if began is None or (began.digest != handover.digest and not handover.strays):
            return None
        plan = self._plan(began)
        await self._reach(plan.provider)
        return Share(plan, handover.chains, handover.run, frozenset(handover.strays))

    def _plan(self, began: RunBegan) -> Plan:
        name = (began.plan, began.digest)
        if name not in self._plans:
            parsed = parse(began.text.encode(), f"{began.plan}.yaml")
            # Where its films go on the author's machine means nothing here.
            self._plans[name] = replace(parsed, path=None, output=None)
        return self._plans[name]

    def _found_strays(self) -> Iterator[tuple[TakeKey, tuple[str, str]]]:
        """Open attempts and unkept videos that are not ours, and the chains that began them."""
        lineage, now = self.loop.knowledge.lineage, self._outside.clock.monotonic()
        for key in dict.fromkeys((*lineage.open, *lineage.unkept)):
            last = lineage.take(key).last
            if last is None or now - self._strays.get(key, -_STRAY) < _STRAY:
                continue
            name = (last.begun.plan, last.begun.chain)
            if name not in self.loop.knowledge.shares and name[0] in lineage.plans:
                yield key, name

    def _stray_shares(self, keys: list[TakeKey]) -> Iterator[Handover]:
        lineage = self.loop.knowledge.lineage
        accounts: dict[str, list[TakeKey]] = {}
        for key in keys:
            accounts.setdefault(lineage.account_of(key) or "", []).append(key)
        for account, those in accounts.items():
            last = lineage.take(those[0]).last
            assert last is not None
            began = lineage.plans[last.begun.plan]
            yield Handover(began.plan, began.digest, account, self.loop.run, strays=tuple(those))

    # ---- what the loop tells

    def _settled(self, share: Share) -> None:
        for work in self._works.values():
            if work.share is share:
                work.settled = True
                work.ended.set()

    def _failed(self, error: OrchestratorError) -> None:
        if isinstance(error, DiskError | JournalBrokenError):
            self._error = self._error or error
            self.drain()
        else:
            self._say(error)

    def _tell(self, message: str) -> None:
        self._outside.reporter.said(message)

    def _say(self, error: OrchestratorError, then: str = "going on") -> None:
        """Once, until it is another one."""
        if self._said is None or str(self._said) != str(error):
            self._said = error
            self._tell(f"{error}; {then}")


def _groups(count: int) -> str:
    return f"{plural(count, 'group')} of chains"

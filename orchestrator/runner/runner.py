"""One process working on one or more plans on its own, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator.errors import OrchestratorError, StateError
from orchestrator.facts import ChainStopped, RunBegan
from orchestrator.plan import Limits, Plan
from orchestrator.planner import ChainView, Reach, Run, settled
from orchestrator.resolved import resolved
from orchestrator.runner.loop import Loop
from orchestrator.runner.outside import Outside, Result
from orchestrator.runner.result import result
from orchestrator.runner.share import whole


class Runner:
    """A run from its first fact to its last; everything between is the loop's."""

    def __init__(
        self, plans: Sequence[Plan], outside: Outside, run_id: str, limits: Limits, reach: Reach | None = None
    ) -> None:
        self._plans = plans
        self._outside = outside
        run = Run(run_id, 0, outside.clock.now(), limits, reach or Reach())
        self._loop = Loop(outside, run, self.fail)
        self._error: OrchestratorError | None = None

    async def run(self) -> Result:
        """Work until nothing is left to do, everything left needs a person, or `drain` was called.

        The journal is right at every instant, also when this is cancelled.
        """
        run = await self._loop.begin()
        for plan in self._plans:
            self._loop.take_on(whole(plan, run))
        await self._loop.record(
            *(
                RunBegan(run.at, run.id, plan.name, plan.path, plan.digest, plan.text, resolved(plan))
                for plan in self._plans
            )
        )
        await self._loop.work(self._over)
        return await self._end_run()

    def drain(self) -> None:
        """No new POST; `run` returns once the answers to those sent are written."""
        self._loop.drain()

    def fail(self, error: OrchestratorError) -> None:
        """This run cannot go on: the first reason is kept, what was sent is still waited for."""
        self._error = self._error or error
        self.drain()

    def hint(self, task_id: str) -> None:
        """Somebody says that this task has ended: it is asked for soon, if it is one in the air."""
        self._loop.hint(task_id)

    def _over(self) -> bool:
        return not self._loop.posting if self._loop.draining else self._loop.idle

    def _stopped(self, view: ChainView, now: datetime, run: Run) -> ChainStopped:
        digest = next(plan.digest for plan in self._plans if plan.name == view.plan)
        return ChainStopped(
            *(now, run.id, view.plan, view.chain.name, *view.standing),
            seconds=view.length,
            made=view.made,
            digest=digest,
            settled=settled(view),
        )

    async def _end_run(self) -> Result:
        now, views, run = self._outside.clock.now(), self._views(), self._loop.run
        if not isinstance(self._error, StateError):
            await self._loop.record(*(self._stopped(view, now, run) for view in views))
        ended = result(self._loop.knowledge, views, self._plans, run, now)
        return replace(
            ended,
            films=self._loop.films,
            unkept=self._loop.given_up,
            drained=self._loop.draining,
            error=self._error,
        )

    def _views(self) -> tuple[ChainView, ...]:
        now = self._outside.clock.now()
        names = [(plan.name, chain.name) for plan in self._plans for chain in plan.chains]
        return tuple(self._loop.knowledge.view(name, now) for name in names)

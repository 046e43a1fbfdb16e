"""An author at work on virtual time: runs, looks, chooses, edits; every run is held to its forecast."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import anyio

from orchestrator.budget import ledger
from orchestrator.facts import Fact, StepApproved, TakePicked, TakeRejected, TakeRetried, TakeWanted
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Forecast, Hold, Need, Reach, Run, StepView, forecast, views_of
from orchestrator.runner import Result
from orchestrator.store import open_journal
from tests.scenarios.stage import Stage


class Author:
    """One state folder; `run` returns what was paid for in it, by prompt."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.stage = Stage(folder, **options)
        self.result: Result | None = None

    async def run(self, *plans: Plan, reach: Reach | None = None, fails: bool = False) -> Counter[str]:
        """One run, which pays for exactly what was foreseen, unless something is to fail in it."""
        await anyio.sleep(1)
        before = Counter(payment.prompt for payment in self.stage.payments)
        foreseen = [self.foreseen(plan, reach) for plan in plans]
        self.result = await self.stage.run(*plans, reach=reach)
        paid = Counter(payment.prompt for payment in self.stage.payments)
        paid.subtract(before)
        found = +paid
        if not fails and len(plans) == 1:
            low, high = foreseen[0].low.calls, foreseen[0].high.calls
            assert low <= found.total() <= high, f"{low} to {high} calls were foreseen, {found} made"
        return found

    def foreseen(self, plan: Plan, reach: Reach | None = None) -> Forecast:
        """What `plan` says now."""
        lineage, now = self._lineage(), self.stage.clock.now()
        money, run = ledger(lineage), Run("foreseen", lineage.position, now, reach=reach or Reach())
        return forecast(plan, views_of(plan, lineage, money, now, run), lineage, money, now, reach)

    def _lineage(self) -> Lineage:
        return self.stage.lineage if self.stage.home.exists else Lineage()

    def why(self, plan: Plan, chain: str = "c") -> list[str]:
        """The reasons of the chain's steps, as written, in `plan`."""
        found = next(each for each in self.foreseen(plan).chains if each.name == chain)
        return [step.because for step in found.steps]

    # ---- looking

    def views(self, plan: Plan) -> dict[str, ChainView]:
        lineage, now = self.stage.lineage, self.stage.clock.now()
        return views_of(plan, lineage, ledger(lineage), now, Run("a person", lineage.position, now))

    def step(self, plan: Plan, name: str, chain: str = "c") -> StepView:
        return next(each for each in self.views(plan)[chain].steps if each.place.step == name)

    def needs(self) -> list[tuple[str, Need]]:
        """What the last run left to a person."""
        assert self.result is not None
        holds = [each for view in self.result.views for each in view.next if isinstance(each, Hold)]
        return [(str(hold.place), hold.need) for hold in holds]

    def states(self) -> list[str]:
        assert self.result is not None
        return [view.standing[0] for view in self.result.views]

    # ---- a person's word

    async def pick(self, plan: Plan, name: str, number: int, chain: str = "c") -> None:
        wish = self.step(plan, name, chain).wish
        await self._tell(TakePicked(self.stage.clock.now(), plan.name, chain, wish, number))

    async def approve(self, plan: Plan, name: str, chain: str = "c") -> None:
        wish = self.step(plan, name, chain).wish
        await self._tell(StepApproved(self.stage.clock.now(), plan.name, chain, wish))

    async def reject(self, plan: Plan, name: str, number: int, chain: str = "c") -> None:
        step, now = self.step(plan, name, chain), self.stage.clock.now()
        await self._tell(
            TakeRejected(now, plan.name, chain, step.wish, number),
            TakeWanted(now, plan.name, chain, step.wish, len(step.takes) + 1),
        )

    async def retry(self, plan: Plan, name: str, chain: str = "c") -> None:
        (take,) = self.step(plan, name, chain).takes
        now = self.stage.clock.now()
        await self._tell(*(TakeRetried(now, key) for key in (*take.tried, take.key)))

    async def _tell(self, *facts: Fact) -> None:
        with open_journal(self.stage.home, submitter=False) as journal:
            await journal.append(facts)

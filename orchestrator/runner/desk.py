"""What every act of a run shares: the journal to write to, one account's provider, and who is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestrator.errors import UnreachableError
from orchestrator.facts import Fact
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import ProviderSettings
from orchestrator.planner import Run
from orchestrator.ports import Archive, Clock, Provider, Reporter
from orchestrator.runner.gate import Gate
from orchestrator.runner.hints import Hints


@dataclass
class Desk:
    """One account's side of a run. `record` writes facts durably and lets the run know them."""

    settings: ProviderSettings
    provider: Provider
    gate: Gate
    archive: Archive
    clock: Clock
    reporter: Reporter
    lineage: Lineage
    run: Run
    record: Callable[..., Awaitable[None]]
    hints: Hints
    urls: dict[TakeKey, str] = field(default_factory=dict)

    def now(self) -> datetime:
        """The run's time."""
        return self.clock.now()

    def in_the_air(self) -> int:
        """Attempts of the account that hold a slot."""
        return self.lineage.in_the_air(self.settings.account, self.now())

    def opens_in(self) -> float | None:
        """Seconds until the next submission may leave; None: not before a task has ended."""
        return self.gate.opens_in(self.clock.monotonic(), self.in_the_air())

    def jammed(self) -> bool:
        """Every slot is held by an attempt that holds it until it ends, however long one waits."""
        forever = datetime.max.replace(tzinfo=UTC)
        return self.lineage.in_the_air(self.settings.account, forever) >= self.gate.declared

    def hopeless(self) -> UnreachableError | None:
        """Why nothing more is to be hoped for from the provider in this run."""
        trouble = self.gate.trouble(self.clock.monotonic())
        if trouble is None or not trouble.hopeless:
            return None
        lasted = f"{trouble.kind} for {trouble.seconds / 60:.0f} minutes"
        return UnreachableError(f"{self.settings.name}: {lasted}: {trouble.message}")

    def unreachable(self, error: UnreachableError) -> None:
        """The provider could not be reached: the account's gate waits, as long as was asked for."""
        self.gate.unreachable(str(error), self.clock.monotonic(), error.retry_after)

    async def tell(self, *facts: Fact) -> None:
        """Write facts; the provider has just answered usefully, so the gate may hear it too."""
        self.gate.reached()
        await self.record(*facts)

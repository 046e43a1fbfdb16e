"""The same work through the real runner, client and journal; only the files of the films are left out.

    python -m tests.benchmarks.ours URL CHAINS STEPS SLOTS TASK

A first, small run in the same journal is not measured: it looks the sources up, and from it the run
learns how long tasks take here.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import anyio

from orchestrator.drift import Drift
from orchestrator.facts import Recorded, TaskSucceeded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Comparison, Lineage
from orchestrator.plan import Chain, Existing, Kind, Limits, Plan, ProviderSettings, Step
from orchestrator.planner import ChainView
from orchestrator.ports import Frame, Kept, Opening
from orchestrator.provider import open_provider
from orchestrator.runner import Outside, Runner, SystemClock
from orchestrator.store import Home, open_journal
from tests.benchmarks.measuring import Meter

KEY: Mapping[str, str] = {}


@dataclass
class Later:
    """An archive that takes nothing in while the clock runs: files are not what is measured."""

    over: anyio.Event = field(default_factory=anyio.Event)

    def room(self) -> str | None:
        return None

    async def keep(self, key: TakeKey, opening: Opening) -> Kept:
        await self.over.wait()
        return Kept("x", 1, "0", Decimal(1), 1, 1)

    async def measure(self, wanted: Comparison) -> Drift:
        raise AssertionError("no plan here stops at a drift")

    async def last_frame(self, path: str) -> Frame:
        raise AssertionError(path)

    async def publish(self, plan: Plan, chain: str, reels: object) -> str:
        return chain


@dataclass
class Counting:
    """Stops the clock when the last step is made."""

    steps: int
    archive: Later
    meter: Meter | None = None
    made: int = 0

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        if not isinstance(recorded.fact, TaskSucceeded):
            return
        self.made += 1
        if self.made == self.steps:
            self.archive.over.set()
            if self.meter is not None:
                self.meter.stop(self.steps)

    def planned(self, view: ChainView) -> None: ...

    def said(self, message: str) -> None:
        print(message, file=sys.stderr)


def plan(name: str, settings: ProviderSettings, steps: Sequence[int]) -> Plan:
    """Chains of so many steps each, which share nothing, out of the same videos in every plan."""
    ids = [str(number) for number in range(1, max(steps, default=0) + 1)]
    return Plan(
        name,
        settings,
        tuple(
            Chain(
                f"c{chain}",
                Existing(f"s{chain}", f"v-s{chain}", kind=Kind.TEXT, duration=Decimal(5)),
                tuple(Step(id=each, prompt=f"{name}-{chain}-{each}") for each in ids[:count]),
            )
            for chain, count in enumerate(steps)
        ),
    )


async def work(folder: Path, wanted: Plan, meter: bool) -> None:
    """One run of this plan."""
    steps = sum(len(chain.steps) for chain in wanted.chains)
    clock = SystemClock()
    with open_journal(Home(folder / ".orchestrate"), submitter=True) as journal:
        async with open_provider(wanted.provider, base_url=None, environ=KEY, clock=clock) as provider:
            archive = Later()
            reporter = Counting(steps, archive)
            outside = Outside(journal, {wanted.provider.account: provider}, archive, clock, reporter)
            if meter:
                reporter.meter = Meter()
            result = await Runner([wanted], outside, wanted.name, Limits()).run()
    assert all(view.standing[0] == "done" for view in result.views), result.views[0].standing


def main(url: str, chains: int, steps: int, slots: int, takes: float) -> None:
    """Run it in a folder that is thrown away, and print what it took."""
    gc.set_threshold(20_000)  # as every command does
    with tempfile.TemporaryDirectory() as folder:
        before = ProviderSettings(name="sandbox", base_url=url, concurrency=slots, speed=320 / takes)
        ones = [int(chain < slots) for chain in range(chains)]
        anyio.run(work, Path(folder), plan("before", before, ones), False)
        # At this speed a task is not asked after before it can have ended.
        settings = replace(before, speed=5 / takes)
        gc.freeze()  # as `orchestrate run` does
        anyio.run(work, Path(folder), plan("p", settings, [steps] * chains), True)


if __name__ == "__main__":
    address, chains, steps, slots, takes = sys.argv[1:]
    main(address, int(chains), int(steps), int(slots), float(takes))

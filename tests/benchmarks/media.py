"""How long the event loop waits for anything while films arrive, are checked, and are looked at.

    python -m tests.benchmarks.media [--chains 8] [--steps 12]

A real run against the sandbox's child process: real requests, real downloads, checks that decode, hashes,
readable names, and frames of kept films taken beside it. A task of its own asks to be woken every
millisecond and notes how late it is. Beside it the same without a run: what the machine itself adds. The
last column is the longest the loop's own thread worked in between, in CPU time, which no neighbour adds to.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import anyio

from orchestrator.facts import Recorded, VideoKept
from orchestrator.lineage import Lineage
from orchestrator.media import closing_frame
from orchestrator.plan import Chain, Generation, Kind, Limits, Plan, ProviderSettings, Step
from orchestrator.planner import ChainView
from orchestrator.provider import open_provider
from orchestrator.runner import DiskArchive, Outside, Runner, SystemClock, in_thread
from orchestrator.sandbox import SandboxOptions, run_child
from orchestrator.store import Home, open_journal

BEAT = 0.001


@dataclass
class Lags:
    """How late the loop was, each time it was asked to be back after a millisecond."""

    seen: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            due, worked = time.perf_counter() + BEAT, time.thread_time()
            await anyio.sleep(BEAT)
            self.seen.append(max(0.0, time.perf_counter() - due))
            self.worked.append(time.thread_time() - worked)

    def row(self, name: str) -> str:
        """Its median, its 99.9th percentile and its worst, in milliseconds."""
        ordered = sorted(self.seen)
        picked = statistics.median(ordered), ordered[int(len(ordered) * 0.999)], ordered[-1]
        cells = "  ".join(f"{each * 1000:8.2f} ms" for each in picked)
        over = sum(each > 0.02 for each in ordered)
        own = f"{max(self.worked) * 1000:8.2f} ms"
        return f"{name:20}  {cells}  {own}  {over} of {len(ordered)} over 20 ms"


@dataclass
class Looking:
    """Takes the last frame of every third film that is kept, beside the run."""

    folder: Path
    kept: int = 0
    size: int = 0
    wanted: list[Path] = field(default_factory=list)

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        if isinstance(recorded.fact, VideoKept):
            self.kept += 1
            self.size += recorded.fact.size
            if self.kept % 3 == 0:
                self.wanted.append(self.folder / recorded.fact.path)

    def planned(self, view: ChainView) -> None: ...

    def said(self, message: str) -> None:
        print(message)

    async def look(self) -> None:
        """Until it is cancelled."""
        while True:
            await anyio.sleep(0.1)
            while self.wanted:
                await in_thread(closing_frame, self.wanted.pop())


def plan(chains: int, steps: int, url: str) -> Plan:
    """Chains that each grow out of a text."""
    settings = ProviderSettings(name="sandbox", base_url=url, concurrency=chains, speed=400)
    wanted = tuple(Step(id=str(number), prompt=f"锦鲤 {number}") for number in range(1, steps + 1))
    sources = [Generation(Kind.TEXT, Step("0", f"koi {number}"), "kling-v1-6") for number in range(chains)]
    return Plan("bench", settings, tuple(Chain(f"c{at}", each, wanted) for at, each in enumerate(sources)))


async def run(folder: Path, chains: int, steps: int) -> tuple[Lags, Looking]:
    """One run; how late the loop was meanwhile."""
    home, clock, lags = Home(folder / ".orchestrate"), SystemClock(), Lags()
    looking = Looking(home.folder)
    options = SandboxOptions(state=home.folder / "sandbox", speed=400, slots=chains)
    with open_journal(home, submitter=True) as journal:
        async with run_child(options) as ready, anyio.create_task_group() as beside:
            wanted = plan(chains, steps, ready.base_url)
            async with open_provider(wanted.provider, base_url=None, environ={}, clock=clock) as provider:
                archive = DiskArchive(home.folder, in_thread)
                outside = Outside(journal, {"sandbox": provider}, archive, clock, looking)
                beside.start_soon(lags.watch)
                beside.start_soon(looking.look)
                result = await Runner([wanted], outside, "run", Limits()).run()
                beside.cancel_scope.cancel()
    assert all(view.standing[0] == "done" for view in result.views), result.views[0].standing
    return lags, looking


async def nothing() -> Lags:
    """The same watch on a loop that has nothing to do."""
    lags = Lags()
    with anyio.move_on_after(3):
        await lags.watch()
    return lags


def main() -> None:
    """Print how late the loop was: with nothing to do, and while a run goes on."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--chains", type=int, default=8)
    parser.add_argument("--steps", type=int, default=12)
    given = parser.parse_args()
    idle = anyio.run(nothing)
    with tempfile.TemporaryDirectory() as folder:
        lags, looking = anyio.run(run, Path(folder), given.chains, given.steps)
    size = Decimal(looking.size) / 1_000_000
    print(f"{looking.kept} films, {size:.1f} MB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'the loop was late by':20}  {'median':>11}  {'99.9 %':>11}  {'worst':>11}  {'own, worst':>11}")
    print(idle.row("with nothing to do"))
    print(lags.row("while a run goes on"))


if __name__ == "__main__":
    main()

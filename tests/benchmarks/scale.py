"""Thousands of chains in the air in one process: memory, the first submission, and CPU per task.

    python -m tests.benchmarks.scale [--chains 100 1000 10000] [--task 60] [--seconds 150] [--no-list]

As many chains as slots, all of them in the air, against a provider in a process of its own; `first` counts
from the moment when the run has its plan and its journal is open. From the moment when every chain has its
first task until SECONDS are over, it counts CPU and tasks that ended; what that comes to at the usual 320 s
a task is the last column. Cost per task must not grow with the number of chains.
`--no-list`: the provider offers no list of tasks, so that each is asked for alone.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import anyio

from orchestrator.facts import AttemptBegun, Recorded, TaskAccepted, TaskSucceeded
from orchestrator.lineage import Lineage
from orchestrator.plan import Limits, Plan, ProviderSettings
from orchestrator.planner import ChainView
from orchestrator.provider import open_provider
from orchestrator.runner import Outside, Runner, SystemClock
from orchestrator.store import Home, open_journal
from tests.benchmarks.measuring import processor, resident
from tests.benchmarks.nights import Nowhere
from tests.benchmarks.ours import plan
from tests.benchmarks.overhead import provider

USUAL = 320.0


@dataclass
class Watcher:
    """Notes the first submission, and what is spent while all chains are in the air."""

    chains: int
    began: float = field(default_factory=time.perf_counter)
    first: float | None = None
    messages: list[str] = field(default_factory=list)
    accepted: int = 0
    ended: int = 0
    from_cpu: float = 0.0
    from_wall: float = 0.0

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        match recorded.fact:
            case AttemptBegun() if self.first is None:
                self.first = time.perf_counter() - self.began
            case TaskAccepted():
                self.accepted += 1
                if self.accepted == self.chains:
                    self.from_cpu, self.from_wall, self.ended = processor(), time.perf_counter(), 0
            case TaskSucceeded():
                self.ended += 1

    def planned(self, view: ChainView) -> None: ...

    def said(self, message: str) -> None:
        self.messages.append(message)


async def work(
    folder: Path, wanted: Plan, watcher: Watcher, seconds: float, over: Callable[[], object] = lambda: None
) -> None:
    """One run of this plan, for so many seconds; `over` is called when they are."""
    clock = SystemClock()
    with open_journal(Home(folder / ".orchestrate"), submitter=True) as journal:
        async with open_provider(wanted.provider, base_url=None, environ={}, clock=clock) as opened:
            outside = Outside(journal, {wanted.provider.account: opened}, Nowhere(), clock, watcher)
            runner = Runner([wanted], outside, wanted.name, Limits())
            watcher.began = time.perf_counter()

            async def stop() -> None:
                await anyio.sleep(seconds)
                over()
                tasks.cancel_scope.cancel()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stop)
                await runner.run()
                tasks.cancel_scope.cancel()


def report(url: str, watcher: Watcher) -> None:
    """One JSON line of what was seen."""
    cpu, wall = processor() - watcher.from_cpu, time.perf_counter() - watcher.from_wall
    with urlopen(f"{url}/counts") as answer:
        counts = json.load(answer)
    seen = {
        "first": watcher.first, "accepted": watcher.accepted, "ended": watcher.ended, "cpu": cpu,
        "wall": wall, "memory": resident(), "up": watcher.from_wall - watcher.began, **counts,
    }  # fmt: skip
    print(json.dumps(seen), flush=True)


def run(url: str, folder: Path, chains: int, task: float, seconds: float) -> None:
    """A first run, which is not measured, looks the sources up; a second one is the run itself."""
    gc.set_threshold(20_000)  # as every command does
    settings = ProviderSettings(name="sandbox", base_url=url, concurrency=chains, speed=USUAL / task)
    if not folder.joinpath(".orchestrate").exists():
        before = plan("before", settings, [0] * chains)
        anyio.run(work, folder, before, Watcher(chains), 600.0)
    else:
        wanted = plan("p", settings, [30] * chains)
        gc.freeze()  # as `orchestrate run` does
        watcher = Watcher(chains)
        anyio.run(work, folder, wanted, watcher, seconds, lambda: report(url, watcher))


def measured(url: str, folder: str, chains: int, task: float, seconds: float) -> dict[str, float]:
    """What one run had to say, in a process of its own."""
    numbers = [f"--task={task}", f"--seconds={seconds}", "--chains", str(chains)]
    command = [sys.executable, "-m", "tests.benchmarks.scale", f"--at={url}", f"--folder={folder}", *numbers]
    for _ in range(2):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a row for each number of chains."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--chains", type=int, nargs="*", default=[100, 1000, 10_000])
    parser.add_argument("--task", type=float, default=60.0)
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--no-list", action="store_true")
    parser.add_argument("--at", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.at:
        run(given.at, Path(given.folder), given.chains[0], given.task, given.seconds)
        return
    print(
        f"{'chains':>7}  {'first':>7}  {'all in':>7}  {'memory':>8}  {'CPU/task':>8}  {'asked':>6}  at 320 s"
    )
    for chains in given.chains:
        with (
            provider(given.task, listing=not given.no_list) as url,
            tempfile.TemporaryDirectory() as folder,
        ):
            seen = measured(url, folder, chains, given.task, given.seconds)
        each = seen["cpu"] / max(1, seen["ended"])
        share = each * chains / USUAL
        asked = (seen["questions"] - chains) / max(1, seen["posts"])
        print(
            f"{chains:7}  {seen['first']:5.2f} s  {seen['up']:5.1f} s  {seen['memory']:4.0f} MiB"
            f"  {each * 1000:5.2f} ms  {asked:6.1f}  {share:7.1%} of a core"
        )


if __name__ == "__main__":
    main()

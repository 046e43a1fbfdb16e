"""How soon a run knows of everything that another one left in the air.

    python -m tests.benchmarks.resuming [CHAINS ...]

One process begins a task for each of CHAINS chains (1,000 and 10,000) and ends; the next one resumes.
Counted from its start, the journal's opening included: when the provider has shown every task that is in
the air, by its list, and when it has shown the first. The provider is a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Container
from pathlib import Path

import anyio

from orchestrator.plan import Kind, Limits, ProviderSettings
from orchestrator.ports import Page, Provider
from orchestrator.provider import open_provider
from orchestrator.runner import Outside, Runner, SystemClock
from orchestrator.store import Home, open_journal
from tests.benchmarks.nights import Nowhere
from tests.benchmarks.ours import plan
from tests.benchmarks.overhead import provider
from tests.benchmarks.scale import Watcher, work

TASK = 3600.0


class Listening:
    """The provider, and when how many tasks had been shown by its list."""

    def __init__(self, inner: Provider) -> None:
        self.inner = inner
        self.shown: list[tuple[float, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def look_over(self, kind: Kind, wanted: Container[str], number: int, size: int) -> Page | None:
        page = await self.inner.look_over(kind, wanted, number, size)
        self.shown.append((time.perf_counter(), page.shown if page else 0))
        return page


def begin(url: str, folder: Path, chains: int) -> None:
    """Look the sources up, and leave a task for each chain in the air."""
    settings = ProviderSettings(name="sandbox", base_url=url, concurrency=chains)
    anyio.run(work, folder, plan("before", settings, [0] * chains), Watcher(chains), 600.0)

    class Leaving(Watcher):
        def happened(self, recorded: object, lineage: object) -> None:
            super().happened(recorded, lineage)  # type: ignore[arg-type]
            if self.accepted == chains:
                sys.exit()

    anyio.run(work, folder, plan("p", settings, [3] * chains), Leaving(chains), 600.0)


async def resume(url: str, folder: Path, chains: int) -> tuple[float, float, int]:
    """Seconds until the first and until all were shown, and the pages that took."""
    began, clock = time.perf_counter(), SystemClock()
    settings = ProviderSettings(name="sandbox", base_url=url, concurrency=chains)
    wanted = plan("p", settings, [3] * chains)
    with open_journal(Home(folder / ".orchestrate"), submitter=True) as journal:
        async with open_provider(settings, base_url=None, environ={}, clock=clock) as opened:
            listening = Listening(opened)
            providers = {settings.account: listening}
            outside = Outside(journal, providers, Nowhere(), clock, Watcher(chains))  # type: ignore[arg-type]
            runner = Runner([wanted], outside, "again", Limits())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(runner.run)
                while sum(count for _, count in listening.shown) < chains:
                    await anyio.sleep(0.02)
                tasks.cancel_scope.cancel()
    return listening.shown[0][0] - began, listening.shown[-1][0] - began, len(listening.shown)


def main() -> None:
    """Print a row for each number of chains."""
    if sys.argv[1:2] == ["begin"]:
        begin(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return
    print(" chains   first     all   pages")
    for chains in map(int, sys.argv[1:] or ("1000", "10000")):
        with provider(TASK) as url, tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.benchmarks.resuming", "begin", url, folder, str(chains)]
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
            first, everything, pages = anyio.run(resume, url, Path(folder), chains)
        print(f"{chains:7}  {first:5.2f} s  {everything:5.2f} s  {pages:5}", flush=True)


if __name__ == "__main__":
    main()

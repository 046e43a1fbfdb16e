"""Times commands as whole processes: reading ones on journals of 100,000 takes, and those that start small.

    python -m tests.benchmarks.big_journal [TAKES]

Two journals are made in a temporary folder (about a minute): *old* has films that no plan wants any more,
with branches and failures; *studio* has plans of 90 chains of 38 steps, the newest three not done yet. Each
figure is the best of five, beside the same as a ratio to `python -c pass`, and its limit.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from orchestrator.facts import Fact
from orchestrator.store import Home, open_journal
from tests.benchmarks import forest, studio

_BATCH = 20_000
_TIMES = 5


def make(home: Home, facts: Iterable[Fact]) -> int:
    """Write the journal through the store itself; how many facts."""

    async def write() -> int:
        written = 0
        with open_journal(home, submitter=False) as journal:
            rest = iter(facts)
            while batch := list(islice(rest, _BATCH)):
                await journal.append(batch)
                written += len(batch)
        return written

    return anyio.run(write)


def seconds(*command: str) -> float:
    """The best of five runs of a command, from its start to its end."""
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], check=False, capture_output=True)
        times.append(time.perf_counter() - began)
    return min(times)


def tell(nothing: float, limit: float, *arguments: str) -> None:
    """One line of the table."""
    took = seconds("-m", "orchestrator", *arguments)
    shown = " ".join(each if len(each) < 40 else f"{each[:12]}…" for each in arguments)
    print(f"{took * 1000:7.0f} ms {took / nothing:6.1f} ×   (≤ {limit * 1000:4.0f} ms)   {shown}")


def read(nothing: float, home: Home, node: str, chain: str) -> None:
    """The commands that read a journal."""
    state = "--state", str(home.folder)
    tell(nothing, 0.3, "status", *state)
    tell(nothing, 0.3, "lineage", "show", node, *state)
    tell(nothing, 0.3, "lineage", "path", node, *state)
    tell(nothing, 0.3, "lineage", "path", chain, *state)
    tell(nothing, 0.5, "lineage", "tree", chain, *state)
    tell(nothing, 0.5, "expiring", *state)


def main(takes: int) -> None:
    """Make them, time everything, print it."""
    nothing = seconds("-c", "pass")
    print(f"{nothing * 1000:7.0f} ms    1.0 ×   python -c pass")
    tell(nothing, 0.06, "--help")
    with TemporaryDirectory() as folder:
        plan = Path(folder) / "plan-0.yaml"
        plan.write_text(studio.text(0), "utf-8")
        tell(nothing, 0.3, "validate", str(plan))
        for name, facts in (("old", forest.facts(takes)), ("studio", studio.facts(takes))):
            home = Home(Path(folder) / name)
            count = make(home, facts)
            print(f"\n{name}: {takes} takes, {count} facts, {home.journal.stat().st_size / 1e6:.0f} MB")
            node = forest.key_of(takes - 1) if name == "old" else "plan-3:film-7.12"
            read(nothing, home, node, "film-1" if name == "old" else "plan-3:film-7")
            tell(nothing, 0.6, "plan", str(plan), "--state", str(home.folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

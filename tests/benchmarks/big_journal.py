"""Times commands as whole processes: reading ones on journals of 100,000 takes, and those that start small.

    python -m tests.benchmarks.big_journal [TAKES]

Journals are made in a temporary folder (about two minutes): *old* has films that no plan wants any more,
with branches and failures; *studio* has plans of 90 chains of 38 steps, the newest three not done yet; *air*,
*long* and *waiting* have 10,000 chains of one plan, all in the air for minutes or for hours, or all waiting
for a person. Each figure is the best of five, beside the same as a ratio to `python -c pass`, and its limit;
of the times the first is the processor's, which another program beside it disturbs least.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import anyio

from orchestrator.facts import Fact
from orchestrator.store import Home, open_journal
from tests.benchmarks import crowd, forest, studio

_BATCH = 20_000
_TIMES = 5
_NOWHERE = subprocess.DEVNULL
CHAINS = 10_000
"""Chains at once of one plan."""


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


class Took(NamedTuple):
    """Seconds of the processor, and of the clock."""

    busy: float
    wall: float


def took(*command: str) -> Took:
    """The best of five runs of a command, from its start to its end."""
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        started = subprocess.Popen([sys.executable, *command], stdout=_NOWHERE, stderr=_NOWHERE)
        _, _, used = os.wait4(started.pid, 0)
        started.returncode = 0
        found.append(Took(used.ru_utime + used.ru_stime, time.perf_counter() - began))
    return Took(min(each.busy for each in found), min(each.wall for each in found))


def tell(nothing: Took, limit: float, *arguments: str) -> None:
    """One line of the table."""
    busy, wall = took("-m", "orchestrator", *arguments)
    shown = " ".join(each if len(each) < 40 else f"{each[:12]}…" for each in arguments)
    print(
        f"{busy * 1000:7.0f} ms {busy / nothing.busy:6.1f} ×  {wall * 1000:7.0f} ms"
        f"   (≤ {limit * 1000:4.0f} ms)   {shown}",
        flush=True,
    )


def read(nothing: Took, home: Home, node: str, chain: str) -> None:
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
    nothing = took("-c", "pass")
    print(f"{nothing.busy * 1000:7.0f} ms    1.0 ×  {nothing.wall * 1000:7.0f} ms   python -c pass")
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
        for name, share, minutes in (("air", 0, 10), ("long", 0, 180), ("waiting", CHAINS, 10)):
            home = Home(Path(folder) / name)
            count = make(home, crowd.facts(CHAINS, waiting=share, minutes=minutes))
            print(f"\n{name}: {CHAINS} chains, {count} facts")
            tell(nothing, 1.0, "status", "--state", str(home.folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

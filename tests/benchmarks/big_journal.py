"""Times the reading commands, as whole processes, on a journal of 100,000 videos.

`python -m tests.benchmarks.big_journal [TAKES]` makes the journal in a temporary folder (about a minute)
and prints the best of three times of each command.
"""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from orchestrator.store import Home, open_journal
from tests.benchmarks.forest import facts, key_of

_BATCH = 20_000


def make(home: Home, takes: int) -> None:
    """Write the journal through the store itself."""

    async def write() -> None:
        with open_journal(home, submitter=False) as journal:
            rest = facts(takes)
            while batch := list(islice(rest, _BATCH)):
                await journal.append(batch)

    anyio.run(write)


def seconds(*arguments: str) -> float:
    """The best of three runs of a command, from its start to its end."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "orchestrator", *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return min(times)


def main(takes: int) -> None:
    """Make it, time it, print it."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / ".orchestrate")
        began = time.perf_counter()
        make(home, takes)
        size = home.journal.stat().st_size / 1e6
        print(f"{takes} takes, {size:.0f} MB, made in {time.perf_counter() - began:.0f} s")
        node = key_of(takes - 1)
        for arguments in (
            ("status",),
            ("lineage", "show", node),
            ("lineage", "path", node),
            ("lineage", "tree", node),
            ("expiring",),
        ):
            print(f"{seconds(*arguments, '--state', str(home.folder)):6.2f} s  {' '.join(arguments)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

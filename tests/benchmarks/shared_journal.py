"""What the writers' lock bounds: steps a second through one PostgreSQL journal, by the number of writers.

`python -m tests.benchmarks.shared_journal [SECONDS]`. A step is what one extension writes: an intent, its
task, its end, its file; begun and accepted on their own, the last two together. The server is one of the
tests', with fsync on. Behind it: what SQLite does in the same process, one writer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio

from orchestrator.ports import Begun
from orchestrator.store import Database, Home, OpenJournal, open_journal
from tests.postgres import own_server
from tests.store.samples import accepted, begin_one, begun, kept, succeeded, terms

AT_ONCE = 10
"""Steps that one writer has in hand: their facts share commits, as those of a run do."""


async def steps(journal: OpenJournal, name: str, seconds: float) -> int:
    """As many steps as can be written in that time."""
    end, made = time.monotonic() + seconds, 0

    async def line(number: int) -> None:
        nonlocal made
        while time.monotonic() < end:
            take = f"{name}-{number}-{made}"
            made += 1
            beginning = await begin_one(journal, begun(take, chain=name, run=name), terms(10_000), 2**40)
            assert isinstance(beginning, Begun)
            await journal.append([accepted(take)])
            await journal.append([succeeded(take), kept(take)])

    async with anyio.create_task_group() as lines:
        for number in range(AT_ONCE):
            lines.start_soon(line, number)
    return made


def work(home: Home, name: str, seconds: float) -> int:
    """One writer, to its end."""
    with open_journal(home, submitter=True) as journal:
        return anyio.run(steps, journal, name, seconds)


def together(home: Home, writers: int, seconds: float) -> int:
    """Several writers, each a process."""
    assert home.database is not None
    command = [sys.executable, "-m", "tests.benchmarks.shared_journal", "--writer", home.database.url]
    several = [
        subprocess.Popen([*command, f"{writers}-{number}", str(seconds)], stdout=subprocess.PIPE, text=True)
        for number in range(writers)
    ]
    return sum(int(each.communicate()[0]) for each in several)


def main(seconds: float = 4.0) -> None:
    with tempfile.TemporaryDirectory() as folder, own_server(fsync="on", full_page_writes="on") as server:
        place = Path(folder)
        alone = work(Home(place / "folder"), "sqlite", seconds) / seconds
        print(f"SQLite, 1 writer: {alone:.0f} steps/s")
        home = Home(place / "shared", Database(server.url))
        work(home, "warm", 0.5)
        for writers in (1, 2, 4, 8):
            made = together(home, writers, seconds) / seconds
            print(f"PostgreSQL, {writers} writer{'s' * (writers > 1)}: {made:.0f} steps/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--writer"]:
        url, name, seconds = sys.argv[2:]
        with tempfile.TemporaryDirectory() as folder:
            print(work(Home(Path(folder), Database(url)), name, float(seconds)))
    else:
        main(*map(float, sys.argv[1:]))

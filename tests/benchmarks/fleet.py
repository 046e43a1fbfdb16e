"""What a fleet of workers asks of its one database, and what each worker pays to know what all do.

    python -m tests.benchmarks.fleet [--workers 2 6 12] [--accounts 1000] [--slots 5] [--task 320]
        [--seconds 20]

As many idle workers as said, each with a journal that it follows and a queue that it serves, in this one
process; beside them the steps that the accounts' slots make when all are busy (accounts x slots / task a
second), each written as a run writes it, by one worker or another. Counted are the CPU of the database and
of the workers, the database's connections, how long it takes to begin an attempt, and how long until a
fact is known to the others. The server is one of the tests', with fsync on. Before that: what it costs one
worker to know a journal of 50,000 takes, for every worker knows all of it.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import psycopg

from orchestrator.cluster import Handover, Queue, open_queue
from orchestrator.cluster.serving import serve
from orchestrator.codec import decode, encode
from orchestrator.facts import Recorded
from orchestrator.lineage import Lineage
from orchestrator.ports import Begun
from orchestrator.store import Database, Home, OpenJournal, open_journal
from tests.benchmarks import studio
from tests.benchmarks.cluster import family, processor
from tests.benchmarks.measuring import resident
from tests.postgres import Server, own_server
from tests.store.samples import accepted, begin_one, begun, kept, succeeded, terms

GLANCE = 0.1
"""Seconds between two looks at the journal, as a worker takes them."""


class Idle:
    """A worker that has nothing in hand."""

    well = True

    async def perform(self, handover: Handover, number: int) -> None: ...

    def lose(self, numbers: object) -> None: ...

    def bury(self, count: int) -> None: ...

    async def look_round(self, queue: Queue) -> None: ...


@dataclass
class Fleet:
    """Its journals, and what was seen: seconds to begin, and until others knew."""

    journals: list[OpenJournal]
    beginning: list[float] = field(default_factory=list)
    knowing: list[float] = field(default_factory=list)
    written: dict[int, float] = field(default_factory=dict)
    steps: int = 0

    async def follow(self, journal: OpenJournal) -> None:
        """Know what is written, as the loop of a worker does."""
        position = 0
        while True:
            await anyio.sleep(GLANCE)
            if await journal.changed():
                for recorded in await journal.read(position):
                    position = recorded.position
                    if position in self.written:
                        self.knowing.append(time.monotonic() - self.written[position])

    async def step(self, number: int, account: str, slots: int) -> None:
        """One extension, from its intent to its file."""
        journal, take = random.choice(self.journals), f"take-{number}"
        asked = time.monotonic()
        intent = begun(take, account=account, plan=account, run=account)
        if isinstance(beginning := await begin_one(journal, intent, terms(slots), 2**40), Begun):
            self.beginning.append(time.monotonic() - asked)
            self.written[beginning.recorded.position] = time.monotonic()
            await journal.append([accepted(take)])
            await journal.append([succeeded(take), kept(take)])
            self.steps += 1


async def measured(server: Server, workers: int, options: argparse.Namespace) -> str:
    """One line for a fleet of that size."""
    rate = options.accounts * options.slots / options.task
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            home = Home(Path(folder), Database(server.url))
            journals = [stack.enter_context(open_journal(home, submitter=True)) for _ in range(workers)]
            fleet = Fleet(journals)
            tasks = await stack.enter_async_context(anyio.create_task_group())
            for journal in journals:
                queue = await stack.enter_async_context(open_queue(server.url, "here"))
                tasks.start_soon(serve, queue, Idle(), 1000, anyio.Event(), set())
                tasks.start_soon(fleet.follow, journal)
            await anyio.sleep(5)
            before, own, began = database(server), processor(os.getpid()), time.monotonic()
            number = 0
            async with anyio.create_task_group() as steps:
                while (passed := time.monotonic() - began) < options.seconds:
                    while number < passed * rate:
                        steps.start_soon(
                            fleet.step, number, f"account-{number % options.accounts}", options.slots
                        )
                        number += 1
                    await anyio.sleep(0.02)
            took = time.monotonic() - began
            theirs = (database(server) - before) / took
            mine = (processor(os.getpid()) - own) / took
            with psycopg.connect(server.url) as db:
                query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'orchestrate%'"
                ((connections,),) = db.execute(query).fetchall()
            tasks.cancel_scope.cancel()
    return (
        f"{workers} workers, {fleet.steps / took:.1f} steps/s: database {theirs:.2f} cores, a worker "
        f"{mine / workers:.3f}, {connections} connections; an attempt begins in "
        f"{middle(fleet.beginning)} ms, is known to the others in {middle(fleet.knowing)} ms (median, 95th)"
    )


def knowing(takes: int = 50_000) -> str:
    """What it takes one process to know a journal of so many takes."""
    encoded = [encode(fact) for fact in studio.facts(takes)]
    memory, used = resident(), time.process_time()
    lineage = Lineage(Recorded(number, decode(*each)) for number, each in enumerate(encoded, 1))
    used = time.process_time() - used
    count = len(lineage.takes)
    return (
        f"a worker knows a take in {1024 * (resident() - memory) / count:.1f} KiB and "
        f"{1e6 * used / len(encoded):.0f} µs a fact, {len(encoded) / count:.1f} facts a take"
    )


def database(server: Server) -> float:
    """CPU seconds of the server and all that serve."""
    used = 0.0
    for pid in family(server.pid):
        with suppress(FileNotFoundError):
            used += processor(pid)
    return used


def middle(seconds: list[float]) -> str:
    """Median and 95th percentile, in ms."""
    ordered = sorted(seconds)
    return f"{1000 * ordered[len(ordered) // 2]:.0f}, {1000 * ordered[len(ordered) * 95 // 100]:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 6, 12])
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=5)
    parser.add_argument("--task", type=float, default=320.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    print(knowing(), flush=True)
    for workers in options.workers:
        with own_server(fsync="on", full_page_writes="on", max_connections="900") as server:
            print(anyio.run(measured, server, workers, options), flush=True)


if __name__ == "__main__":
    main()

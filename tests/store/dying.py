"""A process that works on a journal and dies where told: `python -m tests.store.dying FOLDER ROLE …`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio

from orchestrator.facts import StepApproved
from orchestrator.identity import StepKey
from orchestrator.store import Home, SqliteJournal, open_folder

from .samples import NOW, accepted, began, begin_one, begun, kept, succeeded, terms


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before_commit(journal: SqliteJournal, number: int) -> None:
    """SQLite is about to run the COMMIT of that number."""
    commits = 0

    def count(statement: str) -> None:
        nonlocal commits
        commits += statement == "COMMIT"
        if commits == number:
            die()

    journal._db.set_trace_callback(count)


async def steps(journal: SqliteJournal, last: int) -> None:
    """Three commits a step, dying once the commit numbered `last` has returned."""
    for step in range(100):
        take, known = f"take-{step}", len(await journal.read(0))
        await begin_one(journal, begun(take), terms(999), known)
        _said(3 * step + 1, last)
        await journal.append([accepted(take)])
        _said(3 * step + 2, last)
        await journal.append([succeeded(take), kept(take)])
        _said(3 * step + 3, last)


async def burst(journal: SqliteJournal) -> None:
    """Groups of three for as long as it lives, each said once it is durable."""
    number = 0
    while True:
        number += 1
        take = f"take-{number}"
        recorded = await journal.append([begun(take), accepted(take), succeeded(take)])
        print(recorded[-1].position, flush=True)


async def approve(journal: SqliteJournal) -> None:
    """A person's word, from a process of its own."""
    await journal.append([StepApproved(NOW, "p", "c", StepKey("step-a"))])


async def wait(journal: SqliteJournal) -> None:
    """Submits, as far as others can tell, until its end."""
    await journal.append([began()])
    print("here", flush=True)
    sys.stdin.read()


def _said(commit: int, last: int) -> None:
    print(commit, flush=True)
    if commit == last:
        die()


def main(folder: str, role: str, number: str = "0") -> None:
    with open_folder(Home(Path(folder)), submitter=role != "approve") as journal:
        match role:
            case "before":
                die_before_commit(journal, int(number))
                anyio.run(steps, journal, -1)
            case "after":
                anyio.run(steps, journal, int(number))
            case "burst":
                anyio.run(burst, journal)
            case "approve":
                anyio.run(approve, journal)
            case "wait":
                anyio.run(wait, journal)


if __name__ == "__main__":
    main(*sys.argv[1:])

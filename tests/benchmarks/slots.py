"""How well an account is used whose slots were declared wrongly, and change.

    python -m tests.benchmarks.slots

The real runner on virtual time against a provider that allows 5 tasks at once and refuses one more with
429/1303, while the plan declares 20. `busy` is the part of the five slots that is in use after the first
minute, `refused` the part of all submissions that were turned away, `least` what that would be with a single
question in ten minutes. Then the account gets 10 slots in the middle of the run: `found` are the seconds
until ten tasks run. Task times are lognormal (cv 0.3).

To know of a raise within ten minutes one submission in ten minutes must be risked, and is refused while
there is none. Where fewer than fifty tasks begin in ten minutes, that one is more than 2 % of them: with
five slots and 320 s a task it is one of ten. Finding the slots goes before sparing refusals, which cost
nothing.
"""

from __future__ import annotations

import math
import random

from orchestrator.plan import Chain
from tests.benchmarks.nights import Tasks, drawn, numbered, source, work

DECLARED, ALLOWED, RAISED = 20, 5, 10
FOUND = 600.0
"""Seconds within which a raise is to be found."""


def chains() -> tuple[Chain, ...]:
    """More work than the time allows."""
    names = [f"c{index}" for index in range(60)]
    return tuple(Chain(name, source(name), numbered(38, name)) for name in names)


def busy(tasks: Tasks, since: float, until: float, slots: int) -> float:
    """The part of the slots that is in use between two instants."""
    used = sum(max(0.0, min(tasks.ends[name], until) - max(tasks.begins[name], since)) for name in tasks.ends)
    return used / (slots * (until - since))


def found(tasks: Tasks, raised: float) -> float:
    """Seconds until as many tasks run as are allowed now."""
    for begun in sorted(tasks.begins.values()):
        running = sum(tasks.begins[name] <= begun < tasks.ends[name] for name in tasks.ends)
        if begun >= raised and running >= RAISED:
            return begun - raised
    return math.inf


def row(mean: float, hours: float, *, offers_list: bool) -> str:
    """Tasks of that mean time, for so many hours with five slots, then for half an hour with ten."""
    until = hours * 3600
    tasks = Tasks(drawn(random.Random(1), mean), floor=5 if mean > 100 else mean / 64, posting=0.1)
    tasks.offers_list = offers_list
    tasks.allows = lambda now: ALLOWED if now < until else RAISED
    work(tasks, chains(), DECLARED, until + 1800)
    before = sum(begun < until for begun in tasks.begins.values())
    refusals = sum(at < until for at in tasks.refused)
    return (
        f"{mean:5.0f} s a task, {'list' if offers_list else 'alone':5}  {before:5}  "
        f"{busy(tasks, 60, until, ALLOWED):6.2%}  {refusals / (before + refusals):7.2%}  "
        f"{1 / (1 + before / until * FOUND):6.2%}  "
        f"{found(tasks, until):5.0f} s"
    )


def main() -> None:
    """Print a row for each pace, asked task by task and by the list."""
    print(f"{'':21}  tasks  busy    refused  least   found")
    for mean, hours in ((20, 1), (60, 2), (320, 6)):
        for offers_list in (False, True):
            print(row(mean, hours, offers_list=offers_list), flush=True)


if __name__ == "__main__":
    main()

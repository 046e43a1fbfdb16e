"""How late the end of a task is noticed, and how many questions that takes.

    python -m tests.benchmarks.noticing [CHAINS]

The real runner on virtual time, CHAINS chains (20) of 30 extensions, all in the air; task times are
lognormal with a mean of 320 s and a coefficient of variation of 0.3. Each row is a provider: asked task by
task; one that is seen to refresh every 15 s; one with the list of tasks; one that calls back. Delays are
parts of a task's time, until the next submission can leave; `learned`: of all tasks after the first
hundred. The last column is the shortest time between two questions about one task, in seconds.
"""

from __future__ import annotations

import random
import sys
from itertools import pairwise

from orchestrator.plan import Chain
from tests.benchmarks.nights import Tasks, drawn, numbered, source, work

FIRST = 100


def chains(count: int) -> tuple[Chain, ...]:
    """So many chains of the same length."""
    names = [f"c{index}" for index in range(count)]
    return tuple(Chain(name, source(name), numbered(30, name)) for name in names)


def row(words: str, tasks: Tasks, count: int) -> str:
    """One provider."""
    work(tasks, chains(count), count)
    learned = list(tasks.ends)[FIRST:]
    alone = sum(len(tasks.questions.get(name, ())) for name in learned) / len(learned)
    gaps = [later - earlier for asked in tasks.questions.values() for earlier, later in pairwise(asked)]
    return (
        f"{words:34}  {tasks.delay():6.2%}  {tasks.delay(FIRST):6.2%}  {alone:14.1f}"
        f"  {tasks.looks / len(tasks.ends):12.1f}  {min(gaps, default=0):8.1f}"
    )


def main() -> None:
    """Print a row for each kind of provider."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'':34}  delay  learned  questions/task  list looks/task  min. gap")

    def times() -> Tasks:
        return Tasks(drawn(random.Random(count)), floor=5)

    print(row("asked task by task", times(), count), flush=True)
    slow, listed, calling = times(), times(), times()
    slow.floor = 15
    print(row("refreshes every 15 s", slow, count), flush=True)
    listed.offers_list = True
    print(row("offers its list", listed, count), flush=True)
    calling.told = lambda _: None  # the runner's own, once there is one
    print(row("calls back", calling, count), flush=True)


if __name__ == "__main__":
    main()

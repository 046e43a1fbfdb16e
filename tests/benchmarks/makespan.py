"""How close a night's work comes to the shortest possible: makespan against its lower bound.

    python -m tests.benchmarks.makespan [NIGHTS]

Runs the real runner on virtual time against tasks that merely take their time, for chains and trees,
equal and random task times (cv 0.3), 3 to 20 slots, including the delay of noticing that a task has
ended; `listed`: the provider offers its list of tasks. The bound is max(longest line, all work / slots).
For equal times the shortest possible itself is known (T. C. Hu's algorithm, exact for forests of equal
tasks), and where it is above the bound no order can reach the bound. Beside it: the same work in the
order written and first come, first served, simulated with no delay at all.
"""

from __future__ import annotations

import heapq
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable

from orchestrator.plan import Chain
from tests.benchmarks.nights import MEAN, Tasks, drawn, equal, lines, trees, work


def bound(tasks: Tasks, slots: int) -> float:
    """No schedule is shorter than the longest line, or than all work shared among the slots."""
    line: dict[str, float] = {}
    for name in tasks.ends:
        line[name] = line.get(tasks.parents[name], 0.0) + tasks.ends[name] - tasks.begins[name]
    total = sum(tasks.ends[name] - tasks.begins[name] for name in tasks.ends)
    return max(max(line.values()), total / slots)


def shortest(parents: dict[str, str], slots: int) -> int:
    """The shortest schedule of a forest of equal tasks, in tasks (Hu, 1961).

    Reversed in time a forest of lines that part is one of lines that join, for which his algorithm is
    exact: whatever has nothing left before it, the furthest from the root first.
    """
    depth: dict[str, int] = {}
    for name, parent in parents.items():  # parents come before their children
        depth[name] = depth.get(parent, 0) + 1
    left = Counter(parent for parent in parents.values() if parent in parents)
    ready = [(-depth[name], name) for name in parents if not left[name]]
    heapq.heapify(ready)
    rounds = 0
    while ready:
        done = [heapq.heappop(ready)[1] for _ in range(min(slots, len(ready)))]
        rounds += 1
        for parent in (parents[name] for name in done):
            left[parent] -= 1
            if parent in parents and not left[parent]:
                heapq.heappush(ready, (-depth[parent], parent))
    return rounds


def simulated(chains: tuple[Chain, ...], slots: int, duration: Callable[[], float], *, turns: bool) -> float:
    """Plain chains without delay: as written (one chain after the other), or first come, first served."""
    left = {chain.name: [duration() for _ in chain.steps] for chain in chains}
    order = {chain.name: index for index, chain in enumerate(chains)}
    least = max(max(sum(times) for times in left.values()), sum(map(sum, left.values())) / slots)
    ready = [(0.0 if turns else order[name], order[name], name) for name in left]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < slots:
            name = heapq.heappop(ready)[2]
            heapq.heappush(running, (now + left[name].pop(0), name))
        now, name = heapq.heappop(running)
        if left[name]:
            heapq.heappush(ready, (now if turns else order[name], order[name], name))
    return now / least


def main() -> None:
    """Print the ratios; the number of nights a row is the first argument, 1 by default."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"{'':28}  slots  over the bound  (worst)  over the shortest  delay   questions a task")
    for shape in (lines, trees):
        for words in ("equal", "random", "random, listed,"):
            for slots in (3, 5, 10, 20):
                print(row(f"{shape.__name__}, {words} times", shape, slots, range(nights)), flush=True)
    print()
    print("lines, random times, no delay     slots   first come first served   as written")
    for slots in (3, 5, 10, 20):
        ratios = []
        for turns in (True, False):
            chance = random.Random(1)
            ratios.append(simulated(lines(chance, slots), slots, drawn(chance), turns=turns))
        print(f"{'':32}  {slots:5}  {ratios[0]:.4f}                    {ratios[1]:.4f}")


def row(
    words: str,
    shape: Callable[[random.Random, int], tuple[Chain, ...]],
    slots: int,
    seeds: Iterable[int],
) -> str:
    """One line of the table: so many nights."""
    ratios, optima, delays, asked = [], [], [], []
    for seed in seeds:
        chance = random.Random(seed)
        tasks = Tasks(equal if "equal" in words else drawn(chance), offers_list="listed" in words)
        took = work(tasks, shape(chance, slots), slots)
        ratios.append(took / bound(tasks, slots))
        optima.append(took / (shortest(tasks.parents, slots) * MEAN))
        delays.append(tasks.delay())
        asked.append(tasks.asked)
    optimum = f"{statistics.fmean(optima):.4f}" if "equal" in words else "-"
    return (
        f"{words:28}  {slots:5}  {statistics.fmean(ratios):14.4f}  {max(ratios):.4f}  {optimum:>17}"
        f"  {statistics.fmean(delays):6.2%}  {statistics.fmean(asked):.1f}"
    )


if __name__ == "__main__":
    main()

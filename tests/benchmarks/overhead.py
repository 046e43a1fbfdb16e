"""What the machine spends on a step, and how close many chains come to what their slots allow.

    python -m tests.benchmarks.overhead [--chains 200] [--steps 10] [--slots 50] [--rounds 3]

Chains that share nothing, 0.2 s a task and 30 ms a POST, against a provider in a process of its own: a
POST, one question and three durable facts (synchronous=FULL) a step. The bound is all the work shared
among the slots. Beside it what one would write in an afternoon, with the same durability: every
contestant in turn, round after round, so that what else the machine does is shared by all.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

TASK, POST = 0.2, 0.03

CONTESTANTS = {"orchestrate": "tests.benchmarks.ours", "a plain script": "tests.benchmarks.plain_script"}


@dataclass(frozen=True, slots=True)
class Work:
    """So many chains of so many steps each, with so many slots."""

    chains: int
    steps: int
    slots: int

    @property
    def bound(self) -> float:
        """Seconds below which nobody can be: the longest line, or all work shared among the slots."""
        return max(self.steps, self.chains * self.steps / self.slots) * (TASK + POST)


@contextmanager
def provider(task: float = TASK, *, listing: bool = True) -> Iterator[str]:
    """The URL of a provider on this machine, for as long as the block lasts."""
    command = [sys.executable, "-m", "tests.benchmarks.near_api", str(task), str(POST)]
    command += [] if listing else ["no-list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def measured(module: str, work: Work) -> dict[str, float]:
    """One contestant, once, in a process of its own against a provider of its own."""
    with provider() as url:
        numbers = map(str, (work.chains, work.steps, work.slots, TASK))
        command = [sys.executable, "-m", module, url, *numbers]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print CPU and wall of each contestant, as milliseconds a step and as ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    for name, usual in (("chains", 200), ("steps", 10), ("slots", 50), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    work = Work(given.chains, given.steps, given.slots)
    rounds = [
        {name: measured(module, work) for name, module in CONTESTANTS.items()} for _ in range(given.rounds)
    ]
    print(f"{work.chains} x {work.steps} steps, {work.slots} slots; the bound is {work.bound:.1f} s")
    print(f"{'':20} {'CPU a step':>10}  {'/ plain':>7}  {'wall':>7}  {'/ bound':>7}")
    for name in CONTESTANTS:
        cpu = statistics.median(each[name]["cpu"] / each[name]["steps"] for each in rounds)
        ratio = statistics.median(each[name]["cpu"] / each["a plain script"]["cpu"] for each in rounds)
        wall = statistics.median(each[name]["wall"] for each in rounds)
        print(f"{name:20} {cpu * 1000:7.2f} ms  {ratio:7.2f}  {wall:5.1f} s  {wall / work.bound:7.2f}")


if __name__ == "__main__":
    main()

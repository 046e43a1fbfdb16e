"""What the machine spends on a step, and how close many chains come to what their slots allow.

    python -m tests.benchmarks.overhead [--chains 200] [--steps 10] [--slots 50] [--rounds 3]
                                        [--peers dbos restate prefect]

Chains that share nothing, 0.2 s a task and 30 ms a POST, against a provider in a process of its own: a
POST, one question and three durable facts (synchronous=FULL) a step. The bound is all the work shared
among the slots. Beside it what one would write in an afternoon, with the same durability, and the engines
that are named, each installed from its registry into a folder that is thrown away. Every contestant in
turn, round after round, so that what else the machine does is shared by all. The CPU of Restate's server
is counted; that of Prefect's is not, and Prefect gets 40 chains of 10 steps at most.

The last line is the same work on virtual time, where the machine's own work takes none: what order, slots
felt for and ends noticed leave of the bound, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

TASK, POST = 0.2, 0.03
PLAIN = "a plain script"
PATIENCE = 900


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

    def at_most(self, most: tuple[int, int]) -> Work:
        """No more chains and steps than these."""
        return Work(min(self.chains, most[0]), min(self.steps, most[1]), self.slots)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A module that does the work, with the Python and the environment that it runs in."""

    name: str
    module: str
    python: str = sys.executable
    environment: dict[str, str] = field(default_factory=dict)
    most: tuple[int, int] = (10**6, 10**6)
    peer: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that is installed for the occasion."""

    name: str
    packages: Sequence[str]
    server: str | None = None
    most: tuple[int, int] = (10**6, 10**6)


OURS = Contestant("orchestrate", "tests.benchmarks.ours")
SCRIPT = Contestant(PLAIN, "tests.benchmarks.plain_script")
PEERS = {
    "dbos": Peer("DBOS", ("dbos==3.4.0", "httpx==0.28.1")),
    "restate": Peer(
        "Restate", ("restate-sdk==1.2.0", "hypercorn", "httpx==0.28.1"), "@restatedev/restate-server"
    ),
    "prefect": Peer("Prefect", ("prefect==3.8.8", "fastapi==0.139.*", "httpx==0.28.1"), most=(40, 10)),
}


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


def measured(each: Contestant, work: Work) -> dict[str, float] | None:
    """One contestant, once; None when it fails. A peer that fails gets half the chains, and half again."""
    work = work.at_most(each.most)
    found = _measured(each, work)
    while found is None and each.peer and work.chains > 5:
        work = replace(work, chains=work.chains // 2)
        found = _measured(each, work)
    return found


def _measured(each: Contestant, work: Work) -> dict[str, float] | None:
    """In a process of its own, against a provider of its own."""
    with provider() as url:
        numbers = map(str, (work.chains, work.steps, work.slots, TASK))
        try:
            done = subprocess.run(
                [each.python, "-m", each.module, url, *numbers],
                env={**os.environ, **each.environment},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            print(f"{each.name} was not done with {work.chains} chains after {PATIENCE} s")
            return None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["nothing was said"]
        print(f"{each.name} failed with {work.chains} chains: {said[-1][:300]}")
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "bound": work.bound}


def installed(name: str, folder: Path) -> Contestant | None:
    """The engine in a virtual environment of its own; None, with the reason said, where it cannot be."""
    peer, home = PEERS[name], folder / name
    python, environment = str(home / "bin" / "python"), {}
    commands = [
        [sys.executable, "-m", "venv", str(home)],
        [python, "-m", "pip", "install", "-q", *peer.packages],
    ]
    if peer.server is not None:
        commands.append(["npm", "install", "--silent", "--prefix", str(home), peer.server])
        program = peer.server.rpartition("/")[2]
        environment["RESTATE_SERVER"] = str(home / "node_modules" / ".bin" / program)
    try:
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        print(f"{peer.name} is left out, it could not be installed: {said.strip().splitlines()[-1]}")
        return None
    return Contestant(peer.name, f"tests.benchmarks.peers.on_{name}", python, environment, peer.most, True)


def main() -> None:
    """Print CPU and wall of each contestant, as milliseconds a step and as ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    for name, usual in (("chains", 200), ("steps", 10), ("slots", 50), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[])
    given = parser.parse_args()
    work = Work(given.chains, given.steps, given.slots)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        peers = [each for name in given.peers if (each := installed(name, Path(folder))) is not None]
        everybody = [OURS, SCRIPT, *peers]
        rounds = [{each.name: measured(each, work) for each in everybody} for _ in range(given.rounds)]
    whole = [one for one in rounds if one[OURS.name] is not None and one[PLAIN] is not None]
    if not whole:
        sys.exit("nothing to compare with")
    print(f"{work.chains} x {work.steps} steps, {work.slots} slots; the bound is {work.bound:.1f} s")
    print(f"{'':20} {'CPU a step':>10}  {'/ plain':>7}  {'wall':>7}  {'/ bound':>7}")
    for each in everybody:
        pairs = [(mine, plain) for one in whole if (mine := one[each.name]) and (plain := one[PLAIN])]
        if pairs:
            print(row(each.name, pairs))
    least = unhindered(work)
    print(f"{'(on virtual time)':39}  {least:5.1f} s  {least / work.bound:7.2f}")


def unhindered(work: Work) -> float:
    """Seconds until the last step is made, where nothing but the provider takes time."""
    from orchestrator.plan import Chain
    from tests.benchmarks import nights

    tasks = nights.Tasks(lambda: TASK, floor=TASK, posting=POST)
    names = [f"c{index}" for index in range(work.chains)]
    chains = (Chain(name, nights.source(name), nights.numbered(work.steps, name)) for name in names)
    nights.work(tasks, tuple(chains), work.slots, speed=nights.MEAN / TASK)
    return max(tasks.noticed.values())


def row(name: str, pairs: Sequence[tuple[dict[str, float], dict[str, float]]]) -> str:
    """The medians of one contestant, beside the plain script of the same round."""
    cpu = statistics.median(mine["cpu"] / mine["steps"] for mine, _ in pairs)
    ratio = statistics.median(
        mine["cpu"] / mine["steps"] / (plain["cpu"] / plain["steps"]) for mine, plain in pairs
    )
    wall = statistics.median(mine["wall"] for mine, _ in pairs)
    bound = statistics.median(mine["wall"] / mine["bound"] for mine, _ in pairs)
    steps = min(mine["steps"] for mine, _ in pairs)
    fewer = f"  ({steps:.0f} steps)" if steps != pairs[0][1]["steps"] else ""
    return f"{name:20} {cpu * 1000:7.2f} ms  {ratio:7.2f}  {wall:5.1f} s  {bound:7.2f}{fewer}"


if __name__ == "__main__":
    main()

"""Workers that share an account while machines, database and network fail under them; and what it costs.

    python -m tests.benchmarks.cluster [--chains 300] [--steps 10] [--slots 20] [--workers 3]
        [--task 8] [--stopped 120] [--faults twice,stop,kill,database,network,provider] [--embedded]

A provider that counts, a real PostgreSQL, workers in processes of their own: one behind a network of its
own, one with a clock that is a minute ahead. The plan is handed over (`twice`: by two people at once), and
the faults come one after another while it is worked on, those joined by a + at the same time: a worker is
stopped for two minutes and woken (`stop`), one is killed for good (`kill`), PostgreSQL is stopped hard and
started again (`database`), a worker's cable is pulled (`network`), and its provider cannot be reached
(`provider`). Ends with status 1 where anything was paid twice or lost, or the limit was passed.
`--embedded`: the same work by one ordinary run in a folder, for what a step costs here and there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from orchestrator.lineage import Lineage
from orchestrator.sandbox import Ready
from orchestrator.store import find_home, open_reader
from tests.force.network import Network, network
from tests.force.processes import ROOT
from tests.force.reckoning import Interval, Reckoning, reckon
from tests.postgres import Server, own_server

FAULTS = ("twice", "stop", "kill", "database", "network", "provider")
USUAL = 320.0
AFTERWARDS = 30.0
"""Seconds after the end of a fault that still count as its window."""


@dataclass(frozen=True, slots=True)
class Options:
    """How much work, on how many slots, by how many, and what goes wrong, for how many seconds."""

    chains: int = 300
    steps: int = 10
    slots: int = 20
    workers: int = 3
    task: float = 8.0
    stopped: float = 120.0
    cut: float = 40.0
    down: float = 10.0
    faults: tuple[str, ...] = FAULTS

    @property
    def wanted(self) -> Counter[str]:
        return Counter(f"p{chain}-{step}" for chain in range(self.chains) for step in range(self.steps))

    def plan(self, base_url: str) -> str:
        settings = {
            "name": "sandbox",
            "base_url": base_url,
            "speed": round(USUAL / self.task, 3),
            "concurrency": self.slots,
            "external_task_id": "always",
            "patience": {"send": 5, "answer": 10, "grace": 5},
        }
        source = "{task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}"
        lines = ["version: 1", "name: many", f"provider: {json.dumps(settings)}", "chains:"]
        for chain in range(self.chains):
            prompts = ", ".join(f"p{chain}-{step}" for step in range(self.steps))
            lines.append(f"  c{chain}: {{source: {source}, steps: [{prompts}]}}")
        return "\n".join(lines)


@dataclass
class Provider:
    """The counting provider, as people who pay for it see it."""

    ready: Ready
    process: subprocess.Popen[str]

    def payments(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.ready.base_url}/sandbox/payments", timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["payments"]
        return [each for each in found if not each["refunded"]]


@contextmanager
def provider(options: Options) -> Iterator[Provider]:
    """It lets in far more than the plan's slots, so that passing them would be seen, and not refused."""
    words = [sys.executable, "-m", "tests.force.counting", str(USUAL / options.task), "100000"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            yield Provider(Ready(**json.loads(process.stdout.readline())), process)
        finally:
            process.kill()


@dataclass
class Cluster:
    """Everything that runs, and what was done to it when."""

    options: Options
    folder: Path
    server: Server
    provider: Provider
    network: Network
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    followers: list[subprocess.Popen[str]] = field(default_factory=list)
    windows: list[Interval] = field(default_factory=list)

    def start(self, words: Sequence[str], name: str, url: str | None = None) -> subprocess.Popen[str]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with (folder / "log").open("a") as log:
            return subprocess.Popen(
                words,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "ORCHESTRATE_STATE": url or self.server.url},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )

    def begin(self) -> None:
        """The first worker is an ordinary one, the second has a cable, the third a wrong clock."""
        python = [sys.executable, "-m"]
        for number in range(self.options.workers):
            words, url = [*python, "orchestrator", "worker"], None
            if number % 3 == 1:
                there = self.network
                words = [*there.inside, *words]
                parts = urlsplit(self.server.url)
                url = parts._replace(
                    netloc=parts.netloc.replace(
                        f"127.0.0.1:{self.server.port}", f"{there.host}:{there.database.port}"
                    )
                ).geturl()
            elif number % 3 == 2:
                words = [*python, "tests.force.skewed", "60", "worker"]
            self.workers.append(self.start(words, f"worker-{number}", url))
            if number == 0:
                time.sleep(2)  # an empty database is made by the first one
        (self.folder / "plan.yaml").write_text(self.options.plan(self.provider.ready.base_url))
        words = [*python, "orchestrator", "run", str(self.folder / "plan.yaml"), "--detach", "--yes"]
        for number in range(2 if "twice" in self.options.faults else 1):
            self.followers.append(self.start(words, f"follower-{number}"))

    @property
    def made(self) -> float:
        """How much of the work has been paid for, from 0 to 1."""
        return len(self.provider.payments()) / (self.options.chains * self.options.steps)

    @property
    def over(self) -> bool:
        return all(each.poll() is not None for each in self.followers)

    @property
    def lineage(self) -> Lineage:
        with open_reader(find_home(self.server.url, cwd=self.folder)) as reader:
            return Lineage(reader.facts())

    def reckon(self) -> Reckoning:
        payments = self.provider.payments()
        return reckon(
            Counter(each["prompt"] for each in payments),
            [each["task_id"] for each in payments],
            self.options.wanted,
            self.lineage,
            self.options.slots,
            self.windows,
        )

    def end(self) -> None:
        for each in (*self.workers, *self.followers):
            with_continued(each)
            each.kill()
            each.wait()


def with_continued(process: subprocess.Popen[str]) -> None:
    """A stopped process does not even hear that it is to end."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)


def stop(cluster: Cluster) -> None:
    """A machine that hangs: the last worker, for so long that it is declared dead."""
    worker = cluster.workers[-1]
    worker.send_signal(signal.SIGSTOP)
    wait(cluster, cluster.options.stopped)
    worker.send_signal(signal.SIGCONT)


def kill(cluster: Cluster) -> None:
    """A machine that burns down: the first worker."""
    cluster.workers[0].kill()


def database(cluster: Cluster) -> None:
    """Until it is back nobody can begin anything."""
    cluster.server.kill()
    wait(cluster, cluster.options.down)
    cluster.server.start()


def cable(cluster: Cluster) -> None:
    """One worker sees neither the database nor the provider."""
    cluster.network.cut()
    wait(cluster, cluster.options.cut)
    cluster.network.mend()


def unreachable(cluster: Cluster) -> None:
    """One worker does not reach the provider, and can still speak to the database."""
    cluster.network.provider.cut()
    wait(cluster, cluster.options.cut)
    cluster.network.provider.mend()


ACTS: dict[str, Callable[[Cluster], None]] = {
    "stop": stop,
    "kill": kill,
    "database": database,
    "network": cable,
    "provider": unreachable,
}


def wait(cluster: Cluster, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not cluster.over:
        time.sleep(0.2)


def run(options: Options, say: Callable[[str], None] = print, patience: float = 7200) -> Reckoning:
    """Do the work, with the faults spread over it, and reckon up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        server = stack.enter_context(own_server(fsync="on"))
        counting = stack.enter_context(provider(options))
        ports = [urlsplit(url).port or 0 for url in (counting.ready.base_url, counting.ready.file_url)]
        cut = stack.enter_context(network(server.port, *ports))
        cluster = Cluster(options, folder, server, counting, cut)
        stack.callback(cluster.end)
        cluster.begin()
        until = time.monotonic() + patience
        moments = [name for name in options.faults if name != "twice"]
        for number, names in enumerate(moments, 1):
            share = number / (len(moments) + 1)
            while cluster.made < share and not cluster.over and time.monotonic() < until:
                time.sleep(0.5)
            if not cluster.over:
                say(f"{names}, at {cluster.made:.0%}")
                began = time.time()
                # The last one here: a server that a thread starts would end with the thread.
                *others, last = names.split("+")
                beside = [Thread(target=ACTS[name], args=(cluster,)) for name in others]
                for each in beside:
                    each.start()
                ACTS[last](cluster)
                for each in beside:
                    each.join()
                cluster.windows.append(
                    (max([began, *(b for _, b in cluster.windows)]), time.time() + AFTERWARDS)
                )
        while not cluster.over and time.monotonic() < until:
            time.sleep(0.5)
        statuses = [each.poll() for each in cluster.followers]
        if statuses != [0] * len(statuses):
            for log in sorted(folder.glob("*/log")):
                say(f"--- {log.parent.name}\n" + "\n".join(log.read_text().splitlines()[-15:]))
        say(f"followers ended with {statuses}")
        say("CPU ms a step: " + spent(cluster))
        return cluster.reckon()


def spent(cluster: Cluster) -> str:
    """What each of those that still run has used, and the database with all that served it."""
    steps = cluster.options.chains * cluster.options.steps
    alive = [each.pid for each in cluster.workers if each.poll() is None]
    mine = sum(processor(pid) for pid in alive) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    theirs = sum(processor(pid) for pid in family(cluster.server.pid))
    return f"workers {1000 * mine / steps:.1f}, database {1000 * theirs / steps:.1f}"


def processor(pid: int) -> float:
    """CPU seconds of a process and of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def embedded(options: Options, say: Callable[[str], None] = print) -> None:
    """The same work by one ordinary run, in a folder."""
    with tempfile.TemporaryDirectory() as folder, provider(options) as counting:
        Path(folder, "plan.yaml").write_text(options.plan(counting.ready.base_url))
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestrator", "run", "plan.yaml", "--yes", "--state", "s"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        began = time.monotonic()
        _, status, used = os.wait4(process.pid, 0)
        steps = options.chains * options.steps
        cost = 1000 * (used.ru_utime + used.ru_stime) / steps
        say(f"embedded: {time.monotonic() - began:.0f} s, status {status}, CPU ms a step: {cost:.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    defaults = Options()
    for name in ("chains", "steps", "slots", "workers"):
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults, name))
    for name in ("task", "stopped", "cut", "down"):
        parser.add_argument(f"--{name}", type=float, default=getattr(defaults, name))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--embedded", action="store_true")
    given = vars(parser.parse_args())
    compares = given.pop("embedded")
    options = Options(**given | {"faults": tuple(filter(None, given["faults"].split(",")))})
    found = run(options)
    print(found.text)
    if compares:
        embedded(options)
    return int(found.twice + found.lost + found.orphaned + found.unkept > 0 or found.most > options.slots)


if __name__ == "__main__":
    sys.exit(main())

"""Workers that share a journal and a sandbox, each a process of its own, and a plan to hand over to them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestrator.lineage import Lineage
from orchestrator.store import find_home, open_reader
from tests.force.processes import Command, SandboxProcess, sandbox

CHAINS, STEPS = 6, 3


@dataclass
class Cluster:
    """One database, one sandbox, a plan, and workers that come and go."""

    folder: Path
    url: str
    provider: SandboxProcess
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, name: str) -> Command:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Command(folder, {"ORCHESTRATE_STATE": self.url})

    def write(self, *more: str) -> Path:
        """The plan, with these lines after its chains."""
        settings = {
            "name": "sandbox",
            "base_url": self.provider.base_url,
            "speed": 100,
            "concurrency": 4,
            "external_task_id": "always",
            "patience": {"send": 3, "answer": 4, "grace": 1},
        }
        source = "{task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}"
        lines = ["version: 1", "name: many", f"provider: {json.dumps(settings)}", "chains:"]
        for chain in range(CHAINS):
            prompts = ", ".join(f"p{chain}-{step}" for step in range(STEPS))
            lines.append(f"  c{chain}: {{source: {source}, steps: [{prompts}]}}")
        path = self.folder / "plan.yaml"
        path.write_text("\n".join([*lines, *more]))
        return path

    @property
    def needed(self) -> Counter[str]:
        return Counter(f"p{chain}-{step}" for chain in range(CHAINS) for step in range(STEPS))

    def work(self, url: str | None = None, **environ: str) -> subprocess.Popen[str]:
        """One worker more, which may have another way to the database, and more in its environment."""
        command = self.command(f"w{len(self.workers)}")
        worker = replace(command, environ={"ORCHESTRATE_STATE": url or self.url, **environ}).shared("worker")
        self.workers.append(worker)
        return worker

    @property
    def lineage(self) -> Lineage:
        with open_reader(find_home(self.url, cwd=self.folder)) as reader:
            return Lineage(reader.facts())


@contextmanager
def cluster(folder: Path, url: str, workers: int) -> Iterator[Cluster]:
    with sandbox(folder / "world", speed=100, slots=4, offers_list=True) as provider:
        here = Cluster(folder, url, provider)
        try:
            for _ in range(workers):
                here.work()
            yield here
        finally:
            for worker in here.workers:
                worker.kill()
                worker.communicate()

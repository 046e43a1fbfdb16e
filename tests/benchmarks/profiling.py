"""Where our CPU goes: looked at every few milliseconds of it, and told by part of the product.

    python -m tests.benchmarks.profiling steps [--chains 200] [--steps 10] [--slots 50]
    python -m tests.benchmarks.profiling chains [--chains 10000] [--task 60] [--seconds 150]

The work is that of `overhead` and of `scale`, the latter from the moment when all chains are in the air. A
part is whose code is the innermost of the product's own; behind it, in whose code the machine was then.
Looking costs a little itself, so that the times are above those of the two.
"""

from __future__ import annotations

import argparse
import gc
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import FrameType

import anyio

from orchestrator.facts import Recorded, TaskAccepted
from orchestrator.lineage import Lineage
from orchestrator.plan import ProviderSettings
from tests.benchmarks import ours, scale
from tests.benchmarks.measuring import processor
from tests.benchmarks.overhead import TASK, provider

_EVERY = 0.002
_PRODUCT = "orchestrator"
_LOOP = "the event loop"
_LIBRARY = Path(signal.__file__).parent

SIZES = (("before", 0), ("p", 30))
"""Steps of a run that looks the sources up, and of the run itself."""


@dataclass
class Samples:
    """How often each part was at work, and in whose code."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, frame: FrameType | None) -> None:
        """One look at what runs now."""
        owners: list[str] = []
        while frame is not None and not (owners and owners[-1].startswith(_PRODUCT)):
            owners.append(_owner(frame.f_code.co_filename))
            frame = frame.f_back
        part = owners[-1] if owners[-1].startswith(_PRODUCT) else _LOOP
        self.taken[part, owners[0]] += 1

    def rows(self, each: float) -> Iterator[str]:
        """A line for each part: its share of `each`, the CPU seconds of one task."""
        total = self.taken.total()
        parts: Counter[str] = Counter()
        for (part, _), count in self.taken.items():
            parts[part] += count
        for part, count in parts.most_common():
            share = count / total
            inside = Counter({where: n / total for (of, where), n in self.taken.items() if of == part})
            told = ", ".join(f"{where} {n:.1%}" for where, n in inside.most_common(5) if n >= 0.005)
            yield f"{share:6.1%}  {each * share * 1000:5.2f} ms  {part:22}  {told}"


@contextmanager
def sampling() -> Iterator[Samples]:
    """Look at the main thread of this process, by the CPU that it takes, for as long as the block lasts."""
    samples = Samples()
    signal.signal(signal.SIGPROF, lambda _number, frame: samples.take(frame))
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@lru_cache(maxsize=4096)
def _owner(file: str) -> str:
    """The package that a file is of: of the product with its part, of a library its name alone."""
    path = Path(file)
    if path.is_relative_to(_LIBRARY) and "site-packages" not in path.parts:
        return path.relative_to(_LIBRARY).parts[0].removesuffix(".py")
    for index, name in reversed(list(enumerate(path.parts))):
        if name == _PRODUCT:
            return ".".join(path.parts[index : index + 2]).removesuffix(".py")
        if name == "site-packages":
            return path.parts[index + 1].removesuffix(".py")
    return "generated code" if file.startswith("<") else path.stem


class InTheAir(scale.Watcher):
    """Forgets what was seen before every chain has its first task."""

    def __init__(self, chains: int, samples: Samples) -> None:
        super().__init__(chains)
        self._samples = samples

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        super().happened(recorded, lineage)
        if isinstance(recorded.fact, TaskAccepted) and self.accepted == self.chains:
            self._samples.taken.clear()


def of_steps(chains: int, steps: int, slots: int) -> None:
    """One round of `overhead`."""
    with provider() as url, tempfile.TemporaryDirectory() as folder:
        before = ProviderSettings(name="sandbox", base_url=url, concurrency=slots, speed=scale.USUAL / TASK)
        ones = [int(chain < slots) for chain in range(chains)]
        anyio.run(ours.work, Path(folder), ours.plan("before", before, ones), False)
        wanted = ours.plan("p", replace(before, speed=5 / TASK), [steps] * chains)
        gc.freeze()
        began = processor()
        with sampling() as samples:
            anyio.run(ours.work, Path(folder), wanted, False)
        show(samples, processor() - began, chains * steps)


def of_chains(chains: int, task: float, seconds: float) -> None:
    """One row of `scale`."""
    with provider(task) as url, tempfile.TemporaryDirectory() as folder:
        settings = ProviderSettings(
            name="sandbox", base_url=url, concurrency=chains, speed=scale.USUAL / task
        )
        before, wanted = (ours.plan(name, settings, [count] * chains) for name, count in SIZES)
        anyio.run(scale.work, Path(folder), before, scale.Watcher(chains), 600.0)
        gc.freeze()
        with sampling() as samples:
            watcher = InTheAir(chains, samples)

            def over() -> None:
                show(samples, processor() - watcher.from_cpu, watcher.ended)

            anyio.run(scale.work, Path(folder), wanted, watcher, seconds, over)


def show(samples: Samples, cpu: float, tasks: int) -> None:
    """All that was seen, and what a task took."""
    each = cpu / max(1, tasks)
    print(f"{tasks} tasks ended, {each * 1000:.2f} ms of CPU each")
    for row in samples.rows(each):
        print(row)


def main() -> None:
    """Profile one of the two."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("work", choices=("steps", "chains"))
    parser.add_argument("--chains", type=int)
    for name, usual in (("steps", 10), ("slots", 50)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    for name, time in (("task", 60.0), ("seconds", 150.0)):
        parser.add_argument(f"--{name}", type=float, default=time)
    given = parser.parse_args()
    gc.set_threshold(20_000)  # as every command does
    if given.work == "steps":
        of_steps(given.chains or 200, given.steps, given.slots)
    else:
        of_chains(given.chains or 10_000, given.task, given.seconds)


if __name__ == "__main__":
    main()

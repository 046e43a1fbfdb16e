"""Measures a stretch of this process: wall time, CPU seconds, resident memory; printed as one JSON line."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path


class Meter:
    """Begins when it is made; `stop` prints what it took, children included once they were waited for."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = processor()
        self._took: float | None = None

    def arrived(self) -> None:
        """The work is done; what follows until `stop` is no part of its wall time."""
        self._took = time.perf_counter() - self._wall

    def stop(self, steps: int) -> None:
        """One JSON line for whoever started this process."""
        if self._took is None:
            self.arrived()
        seen = {"wall": self._took, "cpu": processor() - self._cpu, "steps": steps}
        print(json.dumps(seen), flush=True)


def processor() -> float:
    """CPU seconds of this process and of its ended children."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def resident() -> float:
    """MiB of memory this process holds now."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

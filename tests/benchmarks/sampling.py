"""Where a process spends its CPU: looked at every few milliseconds of it, and told by part of the product."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_EVERY = 0.002
"""Seconds of CPU from one look to the next."""

_LIBRARY = Path(signal.__file__).parent
_PRODUCT = "orchestrator"
_LOOP = "the event loop"


@dataclass
class Samples:
    """How often each part was at work (`parts`), and whose code it was in then (`within`)."""

    parts: Counter[str] = field(default_factory=Counter)
    within: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, frame: FrameType | None) -> None:
        """One look: the innermost frame of the product says for whom, the innermost of all says where."""
        inner = None
        while frame is not None:
            owner = _owner(frame.f_code.co_filename)
            inner = inner or owner
            if owner.startswith(_PRODUCT):
                break
            frame = frame.f_back
        part = _owner(frame.f_code.co_filename) if frame is not None else _LOOP
        self.parts[part] += 1
        self.within[part, inner or part] += 1

    def forget(self) -> None:
        """Begin anew."""
        self.parts.clear()
        self.within.clear()

    def lines(self, each: float) -> Iterator[str]:
        """A row for each part, with its share of `each`, the CPU seconds of one task."""
        total = self.parts.total() or 1
        for part, count in self.parts.most_common():
            if count / total < 0.005:
                continue
            inside = Counter({where: n for (owner, where), n in self.within.items() if owner == part})
            told = ", ".join(
                f"{where} {n / total:.0%}" for where, n in inside.most_common(4) if n / total >= 0.01
            )
            yield f"{count / total:6.1%}  {each * count / total * 1000:5.2f} ms  {part:24}  {told}"


@contextmanager
def sampling() -> Iterator[Samples]:
    """Look at the main thread of this process for as long as the block lasts."""
    samples = Samples()
    before = signal.signal(signal.SIGPROF, lambda _number, frame: samples.take(frame))
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _owner(file: str) -> str:
    """The package that a file is of: of the product with its part, of a library its name alone."""
    path = Path(file)
    names = path.parts
    if _PRODUCT in names:
        inside = names[len(names) - names[::-1].index(_PRODUCT) - 1 : -1]
        return ".".join(inside[:2])
    if "site-packages" in names:
        return names[names.index("site-packages") + 1].removesuffix(".py")
    if path.is_relative_to(_LIBRARY):
        return path.relative_to(_LIBRARY).parts[0].removesuffix(".py")
    return path.stem

"""How the cost of computing grows with its size: a ratio, because seconds say more about the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LINEAR = 8
"""For four times the size: 4 would be exact, 16 is what a square comes to."""


def is_linear(compute: Callable[[T], object], made: Callable[[int], T], size: int) -> bool:
    """Whether four times `size` costs less than `LINEAR` times as much; tried thrice, on a busy machine."""
    small, large = made(size), made(4 * size)
    return any(_seconds(compute, large) < LINEAR * _seconds(compute, small) for _ in range(3))


def _seconds(compute: Callable[[T], object], of: T) -> float:
    began = time.process_time()
    compute(of)
    return time.process_time() - began

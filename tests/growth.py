"""How the cost of computing grows with its size: lines that were run are counted, seconds would say more
about the machine. What C code does in one line (a regular expression, a sort) is not seen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

LINEAR = 8
"""For four times the size: 4 would be exact, 16 is what a square comes to."""


def is_linear(compute: Callable[[T], object], made: Callable[[int], T], size: int) -> bool:
    """Whether four times `size` costs less than `LINEAR` times as many lines."""
    small, large = made(size), made(4 * size)
    compute(small)  # What is loaded or remembered once is not counted, and is seen by `coverage`.
    return _lines(compute, large) < LINEAR * _lines(compute, small)


def _lines(compute: Callable[[T], object], of: T) -> int:
    """How many lines `compute` runs, each turn of a loop and of a comprehension for itself."""
    count = 0

    def traced(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        compute(of)
    finally:
        sys.settrace(before)
    return count

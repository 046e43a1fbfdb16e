"""The tree of a YAML file with the place of everything in it; aliases are followed already."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from orchestrator.plan import Position
from orchestrator.planfile.problems import PlanProblems, Problem, short

Where: TypeAlias = tuple[str | int, ...]
"""A path inside the plan: keys, and the indices of lists from 0."""

MOST_PROBLEMS = 1000
"""Findings kept of one file; a file can have as many problems as it has bytes."""

_BREAK = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Odd:
    """A bare word that YAML versions read differently, or that is no plain decimal number."""

    reading: str


class Scalar(NamedTuple):
    """A single value: as written, as read, and where (the index of its first character).

    A tuple, because a plan has tens of thousands of them and they are three times as fast to make.
    """

    text: str
    value: str | int | Decimal | bool | Odd | None
    at: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list and where it begins."""

    items: Sequence[Node]
    at: int


class Entry(NamedTuple):
    """A key of a mapping, and what stands under it."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping by the text of its keys, and where it begins."""

    entries: Mapping[str, Entry]
    at: int

    def get(self, key: str) -> Node | None:
        """What stands under the key, or None."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value


Node: TypeAlias = Scalar | Items | Fields
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"


def plain(node: Node) -> Plain:
    """The tree as dicts and lists, its leaves still knowing how they were written."""
    if isinstance(node, Fields):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node


class Lines:
    """A text by lines, as editors count them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]
        # One long line can have a thousand problems; they share it.
        self._sources: dict[int, str] = {}

    def position(self, at: int) -> Position:
        """Line and column, both from 1, of the character with this index."""
        line = bisect_right(self._starts, at)
        return Position(line, at - self._starts[line - 1] + 1)

    def source(self, line: int) -> str:
        """The line of this number, without its end."""
        if line not in self._sources:
            end = self._starts[line] if line < len(self._starts) else len(self._text)
            self._sources[line] = self._text[self._starts[line - 1] : end].rstrip("\r\n")
        return self._sources[line]


class Findings:
    """The problems found in one file so far."""

    def __init__(self, path: str, lines: Lines) -> None:
        self._path = path
        self._lines = lines
        self._found: list[tuple[int, Problem]] = []
        self.places: set[int] = set()
        """Where something was found so far."""

    def add(self, at: int, where: Where, message: str) -> None:
        """Note a problem at this character; beyond the first thousand they are not kept."""
        if self.full:
            return
        place = self._lines.position(at)
        source = self._lines.source(place.line)
        found = Problem(self._path, place.line, place.column, path_text(where), message, source)
        self._found.append((at, found))
        self.places.add(at)

    def line(self, at: int) -> int:
        """The number of the line this character stands in."""
        return self._lines.position(at).line

    @property
    def full(self) -> bool:
        """Whether so much was found that looking further helps nobody."""
        return len(self._found) >= MOST_PROBLEMS

    def stop_if_any(self) -> None:
        """Raise PlanProblems with everything found, in the order of the file."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: found[0])
            raise PlanProblems(tuple(problem for _, problem in ordered))


def path_text(where: Where) -> str:
    """A path as people read it: `chains.koi.steps.3.takes`, list places counted from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else short(part) for part in where)

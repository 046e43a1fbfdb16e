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


class Texts:
    """What a plan is written in: its own file, then the files of prompts it names, under one index."""

    def __init__(self, path: str, text: str) -> None:
        self._starts = [0]
        self._files = [(path, text, Lines(text))]

    def add(self, path: str, text: str) -> int:
        """Take in another file; the index of its first character."""
        start = self._starts[-1] + len(self._files[-1][1]) + 1
        self._starts.append(start)
        self._files.append((path, text, Lines(text)))
        return start

    def position(self, at: int) -> Position:
        """Line and column, both from 1, and the file where it is not the plan's own."""
        file = self._file(at)
        path, _, lines = self._files[file]
        place = lines.position(at - self._starts[file])
        return Position(place.line, place.column, path) if file else place

    def problem(self, at: int, where: Where, message: str) -> Problem:
        """The problem that stands at this character."""
        path, _, lines = self._files[self._file(at)]
        place = self.position(at)
        return Problem(path, place.line, place.column, path_text(where), message, lines.source(place.line))

    def after(self, at: int, mark: str, number: int) -> int:
        """The index of the mark with this number, from 0, at or after a character of the same file.

        -1 when there are not so many: what was read may have been written otherwise.
        """
        file = self._file(at)
        start, text = self._starts[file], self._files[file][1]
        found = at - start - 1
        for _ in range(number + 1):
            found = text.find(mark, found + 1)
            if found < 0:
                return -1
        return start + found

    def begins(self, at: int, words: str) -> bool:
        """Whether these words stand there."""
        file = self._file(at)
        return self._files[file][1].startswith(words, at - self._starts[file])

    def _file(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1


class Findings:
    """The problems found in one plan so far."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._found: list[tuple[int, Problem]] = []
        self.places: set[int] = set()
        """Where something was found so far."""

    def add(self, at: int, where: Where, message: str) -> None:
        """Note a problem at this character; beyond the first thousand they are not kept."""
        if self.full:
            return
        self._found.append((at, self.texts.problem(at, where, message)))
        self.places.add(at)

    def line(self, at: int) -> int:
        """The number of the line this character stands in."""
        return self.texts.position(at).line

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

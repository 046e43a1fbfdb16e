"""What is wrong with a plan file, problem by problem, printed with the line and a caret."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.errors import PlanError

_SHOWN = 100
"""Problems printed at most; all of them are in `PlanProblems.problems`."""

_WINDOW = 100
"""Terminal cells of a source line printed at most; the caret's place is always among them."""

_TAB = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: file, line and column from 1 (in characters), the path inside the plan, and words.

    `message` says what is wrong and what to write instead; `source` is the whole line it stands in,
    empty where no line can be shown.
    """

    path: str
    line: int
    column: int
    where: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        place = f"{harmless(self.path)}:{self.line}:{self.column}: "
        return place + (f"{self.where}: {self.message}" if self.where else self.message)


class PlanProblems(PlanError):
    """A plan file that cannot be used, with every problem of it in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(render(problems))
        self.problems = problems


def render(problems: Iterable[Problem]) -> str:
    """The problems as text for a terminal: one line each, its source line and a caret below it.

    Nothing of the file reaches the terminal as a control character, and the caret stands right
    where characters are two cells wide.
    """
    every = tuple(problems)
    parts = [_with_source(problem) for problem in every[:_SHOWN]]
    if len(every) > _SHOWN:
        parts.append(f"… and at least {len(every) - _SHOWN} more problems")
    return "\n".join(parts)


def harmless(text: str) -> str:
    """The text with everything that could steer a terminal written out, such as `\\x1b`."""
    return "".join(char if _printable(char) else _escaped(char) for char in text)


def short(text: str, most: int = 40) -> str:
    """The harmless beginning of a text, on one line."""
    cut = text[: most + 1]
    return harmless(cut if len(cut) <= most else cut[: most - 1] + "…")


def _with_source(problem: Problem) -> str:
    if not problem.source:
        return str(problem)
    left, right = _around(problem.source, problem.column - 1)
    number = f"{problem.line:>6}"
    return f"{problem}\n{number} | {left}{right}\n{'':>6} | {' ' * _cells(left)}^"


def _around(line: str, column: int) -> tuple[str, str]:
    """What is shown left and right of the caret; long lines lose both ends."""
    # A megabyte on one line is met: cut by characters first, then by cells.
    left = _drawn(line[max(0, column - _WINDOW) : column])
    right = _drawn(line[column : column + _WINDOW])
    if _cells(left) + _cells(right) <= _WINDOW and column <= _WINDOW:
        return left, right + ("…" if len(line) > column + _WINDOW else "")
    kept_right = _head(right, _WINDOW - min(_cells(left), _WINDOW // 2))
    kept_left = _head(left[::-1], _WINDOW - _cells(kept_right))[::-1]
    cut_left = kept_left != left or column > _WINDOW
    cut_right = kept_right != right or len(line) > column + _WINDOW
    return ("…" if cut_left else "") + kept_left, kept_right + ("…" if cut_right else "")


def _head(text: str, cells: int) -> str:
    """The longest beginning that fits into so many cells."""
    used = 0
    for index, char in enumerate(text):
        used += _width(char)
        if used > cells:
            return text[:index]
    return text


def _drawn(text: str) -> str:
    spread = text.replace("\t", " " * _TAB)
    return "".join(char if _printable(char) else "�" for char in spread)


def _printable(char: str) -> bool:
    # Cf holds the marks that turn the direction of a line round, besides harmless joiners.
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0  # accents stand above the character before them
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _cells(text: str) -> int:
    return sum(_width(char) for char in text)

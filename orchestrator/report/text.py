"""Foreign text made safe for a terminal, and measured, cut and filled in its cells."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_INVISIBLE = {"Mn", "Me", "Cf"}


def clean(text: str) -> str:
    """One line without anything that steers a terminal or turns the direction of a line round."""
    return " ".join(_visible(text).split())


def clean_lines(text: str) -> list[str]:
    """Its lines, each as safe as `clean` makes it, spaces kept."""
    return [_visible(line.expandtabs(4)).rstrip() for line in text.splitlines()] or [""]


def _visible(text: str) -> str:
    return "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in (" ", _JOINER):
        return letter
    if letter.isspace():
        return " "  # line ends and tabs part words
    return "" if unicodedata.category(letter) in _UNSAFE else letter


def width(text: str) -> int:
    """Cells on a terminal: two for Chinese, Japanese, Korean and emoji, none for accents and joiners."""
    if text.isascii():
        return len(text)
    cells, joined = 0, False
    for letter in text:
        # What follows a joiner is drawn into the picture before it.
        cells += 0 if joined else _cells(letter)
        joined = letter == _JOINER
    return cells


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, cells: int) -> str:
    """The text, or its beginning and an ellipsis, in at most so many cells."""
    if width(text) <= cells:
        return text
    if cells <= 1:
        return "…"[:cells]
    return _head(text, cells - 1).rstrip() + "…"


def _head(text: str, cells: int) -> str:
    """The longest beginning that fits into so many cells."""
    used, joined = 0, False
    for index, letter in enumerate(text):
        used += 0 if joined else _cells(letter)
        joined = letter == _JOINER
        if used > cells:
            return text[:index]
    return text


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Cut or filled to exactly so many cells; `right` moves it to the right end."""
    shown = cut(text, cells)
    filling = " " * (cells - width(shown))
    return filling + shown if right else shown + filling


def wrapped(text: str, cells: int) -> list[str]:
    """Lines of at most so many cells, broken at spaces where there are enough, else anywhere."""
    lines = []
    for line in clean_lines(text):
        rest = line
        while width(rest) > cells:
            head = _head(rest, cells) or rest[0]
            space = head.rfind(" ")
            # A space in the first half would leave the line nearly empty, as in Chinese with a few names.
            if space > len(head) // 2:
                head = head[:space]
            lines.append(head.rstrip())
            rest = rest[len(head) :].lstrip()
        lines.append(rest)
    return lines


def table(rows: list[list[str]], right: set[int], gap: int = 2) -> list[str]:
    """Lines in columns as wide as their widest cell; those in `right` end at the same place."""
    if not rows:
        return []
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (" " * gap)
        .join(pad(cell, widths[column], right=column in right) for column, cell in enumerate(row))
        .rstrip()
        for row in rows
    ]

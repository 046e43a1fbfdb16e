"""Breaks a prompt into lines, Chinese or Latin, by whatever measure of width it is given."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice

Measure = Callable[[str], float]

_OPENING = r"（《〈「『【〔“‘(\[{"
_CLOSING = r"，。、；：！？）》〉」』】〕”’…—"
_IDEOGRAPH = r"\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
# What stays together: an ideograph or a word, with the brackets before it and the punctuation after it.
_UNIT = re.compile(
    rf"\s+|[{_OPENING}]*(?:[^\s{_OPENING}{_CLOSING}{_IDEOGRAPH}]+(?:’\w+)?"
    rf"|(?![{_OPENING}{_CLOSING}])[{_IDEOGRAPH}])?[{_CLOSING}]*"
)
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str) -> str:
    """The text in one line, without control characters and whatever else has no shape."""
    spaced = (" " if char.isspace() else char for char in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c) not in _UNPRINTABLE).split())


def lines(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Every line of the text, none wider than `width` unless a single character is."""
    line = ""
    for unit in filter(None, _UNIT.findall(text)):
        if measure((line + unit).rstrip()) <= width:
            line += unit
            continue
        if line.strip():
            yield line.strip()
        *full, line = _pieces(unit.strip(), width, measure)
        yield from full
    if line.strip():
        yield line.strip()


def fitted(text: str, width: float, limit: int, measure: Measure) -> tuple[str, ...]:
    """At most `limit` lines; what does not fit is cut off with an ellipsis."""
    found = tuple(islice(lines(text, width, measure), limit + 1))
    if len(found) <= limit:
        return found
    return (*found[: limit - 1], _cut(found[limit - 1], width, measure))


def shortened(text: str, width: float, measure: Measure) -> str:
    """The text in one line no wider than `width`, ending in an ellipsis where something was cut off."""
    return text if measure(text) <= width else _cut(text, width, measure)


def _cut(line: str, width: float, measure: Measure) -> str:
    # Halving, because a title of thousands of characters is allowed too.
    kept = bisect_right(range(len(line) + 1), width, key=lambda count: measure(line[:count] + "…")) - 1
    return line[: max(0, kept)].rstrip() + "…"


def _pieces(unit: str, width: float, measure: Measure) -> Iterator[str]:
    """The unit, broken between characters where it is wider than a whole line; the last piece stays open."""
    piece = ""
    for char in unit:
        if piece and measure(piece + char) > width:
            yield piece
            piece = ""
        piece += char
    yield piece

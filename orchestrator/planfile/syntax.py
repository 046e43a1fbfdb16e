"""What the YAML parser's complaints mean to the author of a plan."""

from __future__ import annotations

import yaml

_HINTS = (
    ("mapping values", "a colon cannot stand here: put the text into quotes, or check the indentation"),
    ("entries are not allowed", "a list cannot begin here: start it on a line of its own"),
    ("unexpected end of stream", "this quote is never closed, close it"),
    ("unknown escape", "this escape is unknown, write \\\\ for a backslash, or use single quotes"),
    ("Unicode character escape", "this escape is no character, write the character itself"),
    (
        "could not find expected ':'",
        "a key without its colon, or text outside its quotes: write `key: value`",
    ),
    ("expected <document start>", "text after the end of the plan, delete it"),
    ("expected '<document start>'", "text after the end of the plan, delete it"),
    ("alphabetic or numeric", "& and * begin anchors and aliases, put the text into quotes"),
    ("incompatible YAML", "this YAML version is not read here, delete the line"),
    ("undefined tag handle", "tags are not read here, delete it; a text that begins with ! needs quotes"),
    ("',' or ']'", "this [ is never closed, or a comma is missing in it: write [one, two]"),
    ("',' or '}'", "this { is never closed, or a comma is missing in it: write {key: value, key: value}"),
    ("block collection", "this does not line up with the list above it, indent it like the other items"),
    ("'-' indicator", "this does not line up with the list above it, indent it like the other items"),
    ("block mapping", "this does not line up with the keys above it: indent it like them, or quote the text"),
)
"""Words of the parser, of libyaml or of PyYAML's own, and ours for them; the first that fits."""

_POINT_AT_ITS_BEGINNING = (
    "unexpected end of stream",
    "could not find expected ':'",
    "',' or ']'",
    "',' or '}'",
)


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Where to point and what to say; the parser's own words when we have none."""
    said = f"{error.context or ''} {error.problem or ''}"
    at = _index(error.problem_mark, len(text))
    if "cannot start any token" in said:
        return at, _bad_start(text[at : at + 1])
    if error.context_mark and any(words in said for words in _POINT_AT_ITS_BEGINNING):
        at = _index(error.context_mark, at)
    known = (hint for words, hint in _HINTS if words in said)
    message = next(known, f"this is not YAML ({said.strip()}), check quotes, brackets and indentation")
    return at, message + _second_guess(text, at)


def _index(mark: yaml.Mark | None, otherwise: int) -> int:
    return otherwise if mark is None else mark.index


def _bad_start(char: str) -> str:
    if char == "\t":
        return "a tab cannot indent YAML, indent with spaces"
    return f"no bare text begins with {char}, put it into quotes"


def _second_guess(text: str, at: int) -> str:
    """For keyboards that write Chinese, whose ：is not the colon of YAML, and for bare variables."""
    begin = text.rfind("\n", 0, max(0, at - 1)) + 1
    end = text.find("\n", at)
    line = text[begin : end if end >= 0 else len(text)]
    if "${" in line[:1000]:
        return ' (inside { } or [ ] a text with ${name} in it needs quotes: "${name}")'
    return " (the full-width ： is text to YAML, its colon is : and a space)" if "：" in line[:1000] else ""

"""How a bare word of the plan file is read: only what no YAML version could take for something else."""

from __future__ import annotations

import re
from decimal import Decimal

import yaml

from orchestrator.planfile.nodes import Odd

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?")
_MODERN = re.compile(r"[-+]?(?:0o[0-7]+|[0-9]+|\.[0-9]+|[0-9]+\.?[0-9]*[eE][-+]?[0-9]+)")
"""Numbers of YAML 1.2 that 1.1 reads as text, or differently."""

_SUSPICIOUS = frozenset("+-.~=<0123456789nNyYtTfFoO")
"""What a bare word begins with that is not surely text."""

_LONGEST = 40
"""Characters of a number: enough for every id and amount, few enough for exact arithmetic."""

_READINGS = {"bool": "a yes-or-no value", "int": "a number", "float": "a number", "timestamp": "a date"}
_FALSE = {"no", "off", "false"}


def read_bare(text: str) -> str | int | Decimal | bool | Odd | None:
    """The value of an unquoted scalar; `Odd` where it is safe neither as text nor as a number."""
    if text and text[0] not in _SUSPICIOUS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
    if _MODERN.fullmatch(text):
        return Odd("a number")
    return _read_as_of_old(text)


def _read_as_of_old(text: str) -> str | Odd:
    """What YAML 1.1 makes of it, after which other tools would read the same file."""
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], ()):
        if not pattern.match(text):
            continue
        kind = tag.rsplit(":", 1)[-1]
        if kind == "bool":
            return Odd("false" if text.lower() in _FALSE else "true")
        return Odd(_READINGS[kind]) if kind in _READINGS else text
    return text

"""Values as JSON for machines: RFC 3339 times, exact numbers as text, harmless to a terminal."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from orchestrator.report.times import rfc3339

_SUSPECT = re.compile(r"[^\x20-\x7e]")


def plain(value: Any) -> Any:
    """Dataclasses as mappings and so on, down to what JSON knows; decimals as text, times as RFC 3339."""
    match value:
        case datetime():
            return rfc3339(value)
        case Decimal():
            return str(value)
        case StrEnum():
            return value.value
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case tuple() | list() | frozenset() | set():
            return [plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def json_line(value: Any) -> str:
    """One line of JSON, readable Chinese left as it is, every control character escaped."""
    return _harmless(json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")))


def json_text(value: Any) -> str:
    """JSON over several lines, for people who look at it too."""
    return _harmless(json.dumps(plain(value), ensure_ascii=False, indent=2))


def _harmless(text: str) -> str:
    # The lines of the layout are ours; those of foreign text are escaped by json already.
    return "\n".join(_SUSPECT.sub(_escaped, line) for line in text.split("\n"))


def _escaped(found: re.Match[str]) -> str:
    letter = found.group()
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    return "".join(
        f"\\u{int.from_bytes(pair, 'big'):04x}"
        for pair in _pairs(letter.encode("utf-16-be", "surrogatepass"))
    )


def _pairs(data: bytes) -> list[bytes]:
    return [data[index : index + 2] for index in range(0, len(data), 2)]

"""Facts to JSON and back: instants as UTC milliseconds, decimals as text, absent fields left out."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from orchestrator import facts
from orchestrator.facts import Fact

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> int:
    """Unix milliseconds of an aware instant, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def instant(at: int) -> datetime:
    """The aware UTC instant of Unix milliseconds."""
    return _EPOCH + at * _MILLISECOND


def encode(fact: Fact) -> tuple[str, str]:
    """The fact's name and its fields as canonical JSON text."""
    fields = {}
    for field in dataclasses.fields(fact):
        value = getattr(fact, field.name)
        if value is not None:
            fields[field.name] = _plain(value)
    return type(fact).__name__, json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode(name: str, text: str) -> Fact:
    """The fact of that name; KeyError for a name this version does not know."""
    kind, readers, needed = _KINDS[name]
    body = json.loads(text)
    required = {key: None for key in needed if key not in body}
    # What was None was left out; fields with a default, perhaps added since, take it when they are absent.
    fact: Fact = kind(**required, **{key: readers[key](value) for key, value in body.items()})
    return fact


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, Decimal):
        return str(value)
    return value


def _readers(kind: type[Any]) -> dict[str, Callable[[Any], Any]]:
    hints = typing.get_type_hints(kind, vars(facts))
    return {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if hint is datetime:
        return instant
    if typing.get_origin(hint) is tuple:
        return tuple
    if isinstance(hint, type) and issubclass(hint, Decimal | StrEnum):
        return hint
    return _same


def _same(value: Any) -> Any:
    return value


def _needed(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING)


_KINDS: dict[str, tuple[type[Any], dict[str, Callable[[Any], Any]], tuple[str, ...]]] = {
    kind.__name__: (kind, _readers(kind), _needed(kind)) for kind in typing.get_args(Fact)
}

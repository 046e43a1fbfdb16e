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

from orchestrator.facts import Fact

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_read = json.JSONDecoder().raw_decode
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def milliseconds(at: datetime) -> int:
    """Unix milliseconds of an aware instant, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def instant(at: int) -> datetime:
    """The aware UTC instant of Unix milliseconds."""
    return _EPOCH + at * _MILLISECOND


def encode(fact: Fact) -> tuple[str, str]:
    """The fact's name and its fields as canonical JSON text."""
    name = type(fact).__name__
    values = ((each, getattr(fact, each)) for each in _NAMES[name])
    return name, _write({each: _plain(value) for each, value in values if value is not None})


def decode(name: str, text: str) -> Fact:
    """The fact of that name; KeyError for a name this version does not know."""
    kind, readers, needed = _KINDS[name]
    body, end = _read(text)  # `json.loads` looks for white space around it first, which takes as long
    if end != len(text):
        raise ValueError("more than one value")
    for key, reader in readers:
        if key in body:
            body[key] = reader(body[key])
    # What was None was left out; fields with a default, perhaps added since, take it when they are absent.
    for key in needed:
        body.setdefault(key, None)
    fact: Fact = kind(**body)
    return fact


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, Decimal):
        return str(value)
    return value


_Readers = tuple[tuple[str, Callable[[Any], Any]], ...]


def _readers(kind: type[Any]) -> _Readers:
    """How each field is read that is not as JSON has it."""
    hints = typing.get_type_hints(kind)
    found = ((field.name, _reader(hints[field.name])) for field in dataclasses.fields(kind))
    return tuple((name, reader) for name, reader in found if reader is not None)


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if hint is datetime:
        return instant
    if typing.get_origin(hint) is tuple:
        return tuple
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {each.value: each for each in hint}.__getitem__  # twice as fast as to ask the class
    if hint is Decimal:
        return Decimal
    return None


def _needed(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING)


_KINDS: dict[str, tuple[type[Any], _Readers, tuple[str, ...]]] = {
    kind.__name__: (kind, _readers(kind), _needed(kind)) for kind in typing.get_args(Fact)
}
_NAMES = {
    name: tuple(field.name for field in dataclasses.fields(kind)) for name, (kind, *_) in _KINDS.items()
}

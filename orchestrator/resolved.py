"""A plan as it was read, as JSON and back: whoever looks at it later reads no YAML, and none of its files."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from enum import StrEnum
from typing import Any

from orchestrator import plan as words
from orchestrator.plan import Plan


def resolved(plan: Plan) -> str:
    """The plan with its variables, files of prompts and images resolved, as compact JSON.

    Every value of a kind of our own is a mapping from the kind to the value; defaults are left out.
    """
    bare = dataclasses.replace(plan, text="", path=None, notes=())
    return json.dumps(_plain(bare), ensure_ascii=False, separators=(",", ":"))


def read_resolved(text: str, path: str | None) -> Plan:
    """The plan that was written so; LookupError, TypeError or ValueError where another version wrote it."""
    plan = json.loads(text, object_hook=_value)
    if not isinstance(plan, Plan):
        raise TypeError(f"no plan, but {type(plan).__name__}")
    return dataclasses.replace(plan, path=path)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, StrEnum | Decimal):
        return {type(value).__name__: str(value)}
    if dataclasses.is_dataclass(value):
        return {type(value).__name__: [_given(value)]}
    return value


def _given(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that are not as they are by default."""
    pairs = ((field, getattr(value, field.name)) for field in dataclasses.fields(value) if field.init)
    return {field.name: _plain(found) for field, found in pairs if found != field.default}


def _value(mapping: dict[str, Any]) -> Any:
    """What a mapping stands for: a value of a kind, or the fields of one, which stay a mapping."""
    if len(mapping) != 1:
        return {name: tuple(each) if isinstance(each, list) else each for name, each in mapping.items()}
    ((name, found),) = mapping.items()
    kind = _KINDS.get(name)
    if kind is None:
        return {name: tuple(found) if isinstance(found, list) else found}
    return kind(**found[0]) if isinstance(found, list) else kind(found)


_KINDS: dict[str, Any] = {"Decimal": Decimal} | {
    name: each
    for name, each in vars(words).items()
    if isinstance(each, type) and (dataclasses.is_dataclass(each) or issubclass(each, StrEnum))
}

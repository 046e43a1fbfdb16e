"""A plan as it was read, as JSON and back: whoever looks at it later reads no YAML, and none of its files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

from orchestrator import plan as words
from orchestrator.plan import Branch, Chain, Plan


def resolved(plan: Plan) -> str:
    """The plan with its variables, files of prompts and images resolved, as compact JSON.

    Every value of a kind of our own is a mapping from the kind to the value; defaults are left out.
    """
    bare = dataclasses.replace(plan, text="", path=None, notes=())
    return json.dumps(_plain(bare), ensure_ascii=False, separators=(",", ":"))


def read_resolved(text: str, path: str | None) -> Plan:
    """The plan that was written so; LookupError, TypeError or ValueError where another version wrote it."""
    return Kept.read(text, path).plan()


class Kept:
    """A plan whose chains are made out of their JSON when they are asked for: most are never looked at.

    `grows` tells for each chain, in the order written, which other it grows out of, if any.
    """

    def __init__(self, fields: Mapping[str, Any], chains: Iterable[Any]) -> None:
        self._fields = fields
        self._chains = {_name(each): each for each in chains}
        self.grows = {name: _source(each) for name, each in self._chains.items()}
        for other in self.grows.values():
            if other is not None and other not in self._chains:
                raise LookupError(f"no chain {other}")

    @classmethod
    def read(cls, text: str, path: str | None) -> Kept:
        """What was written so; LookupError, TypeError or ValueError where another version wrote it."""
        (fields,) = json.loads(text)["Plan"]
        chains = fields.pop("chains", ())
        return cls({name: _value(each) for name, each in fields.items()} | {"path": path}, chains)

    @classmethod
    def of(cls, plan: Plan) -> Kept:
        """A plan that was read from its text."""
        fields = {each.name: getattr(plan, each.name) for each in dataclasses.fields(plan) if each.init}
        return cls(fields, fields.pop("chains"))

    def plan(self, chains: Collection[str] | None = None) -> Plan:
        """The plan with these of its chains only, in the order written; with all of them without a choice.

        LookupError, TypeError or ValueError where another version wrote them.
        """
        wanted = self._chains if chains is None else [name for name in self._chains if name in chains]
        return Plan(**self._fields, chains=tuple(map(self._chain, wanted)))

    def family(self, chain: str) -> tuple[str, ...]:
        """The chain with all that grow out of one another with it, in the order written."""
        return self._families[self._roots[chain]]

    @cached_property
    def _roots(self) -> dict[str, str]:
        roots: dict[str, str] = {}
        for name in self.grows:
            line, at = [], name
            while at not in roots and (other := self.grows[at]) is not None and at not in line:
                line.append(at)
                at = other
            root = roots.get(at, at)
            roots |= dict.fromkeys((*line, name), root)
        return roots

    @cached_property
    def _families(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for name in self.grows:
            found.setdefault(self._roots[name], []).append(name)
        return {root: tuple(names) for root, names in found.items()}

    def _chain(self, name: str) -> Chain:
        found = self._chains[name]
        if not isinstance(found, Chain):
            found = self._chains[name] = _value(found)
        return cast("Chain", found)


def _name(chain: Any) -> str:
    return str(chain.name if isinstance(chain, Chain) else chain["Chain"][0]["name"])


def _source(chain: Any) -> str | None:
    """The chain that this one grows out of."""
    if isinstance(chain, Chain):
        return chain.source.chain if isinstance(chain.source, Branch) else None
    branch = chain["Chain"][0]["source"].get("Branch")
    return None if branch is None else str(branch[0]["chain"])


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


def _value(plain: Any) -> Any:
    """What was written so: a value of a kind, or several, or one that JSON knows."""
    if isinstance(plain, list):
        return tuple(_value(each) for each in plain)
    if not isinstance(plain, dict):
        return plain
    ((name, found),) = plain.items()
    if not isinstance(found, list):
        return _KINDS[name](found)
    (fields,) = found
    return _KINDS[name](
        **{each: value if isinstance(value, str) else _value(value) for each, value in fields.items()}
    )


_KINDS: dict[str, Any] = {"Decimal": Decimal} | {
    name: each
    for name, each in vars(words).items()
    if isinstance(each, type) and (dataclasses.is_dataclass(each) or issubclass(each, StrEnum))
}

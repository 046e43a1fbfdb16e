"""A plan as it was read, as JSON and back: whoever looks at it later reads no YAML, and none of its files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, cast
from weakref import WeakValueDictionary

from orchestrator import plan as words
from orchestrator.plan import Branch, Chain, Plan
from orchestrator.written import written

_JSON = json.JSONDecoder()
_CHAIN = '{"Chain":['
_TEXT = r'("(?:[^"\\]|\\.)*")'
_BEGINNING = re.compile(rf'\{{"name":{_TEXT},"source":\{{(?:"Branch":\[\{{"chain":{_TEXT}|)')
"""A chain's name, and that of the one it grows out of: what every chain is asked for."""


def resolved(plan: Plan) -> str:
    """The plan with its variables, files of prompts and images resolved, as compact JSON.

    Every value of a kind of our own is a mapping from the kind to the value; defaults are left out.
    """
    text = written(dataclasses.replace(plan, text="", path=None, notes=()))
    _AT_HAND[_name(text)] = plan
    return text


def plan_of(text: str, path: str | None) -> Plan:
    """The plan that was written so, as `read_resolved` gives it; not read where its writer still has it."""
    plan = _AT_HAND.get(_name(text))
    return read_resolved(text, path) if plan is None else plan


def read_resolved(text: str, path: str | None) -> Plan:
    """The plan that was written so; LookupError, TypeError or ValueError where another version wrote it."""
    return Kept.read(text, path).plan()


class Kept:
    """A plan whose chains are made out of their JSON when they are asked for: most are never looked at.

    `grows` tells for each chain, in the order written, which other it grows out of, if any.
    """

    def __init__(self, fields: Mapping[str, Any], chains: Iterable[str | Chain]) -> None:
        self._fields = fields
        self._chains: dict[str, str | Chain] = {}
        self.grows: dict[str, str | None] = {}
        for each in chains:
            name, self.grows[name] = _begun(each)
            self._chains[name] = each
        for other in self.grows.values():
            if other is not None and other not in self._chains:
                raise LookupError(f"no chain {other}")

    @classmethod
    def read(cls, text: str, path: str | None) -> Kept:
        """What was written so; LookupError, TypeError or ValueError where another version wrote it."""
        # No text inside of JSON holds this: its quotation marks would follow backslashes.
        head, *chains = text.split(_CHAIN)
        if chains:
            chains[-1], tail = _ended(chains[-1])
            head += tail
        (fields,) = json.loads(head)["Plan"]
        if fields.pop("chains"):
            raise ValueError("no plan as it is written here")
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
        if isinstance(found, str):
            fields, _ = _JSON.raw_decode(found)
            found = self._chains[name] = cast("Chain", _made(Chain, fields))
        return found


def _ended(last: str) -> tuple[str, str]:
    """The last chain, and what follows the chains."""
    _, end = _JSON.raw_decode(last)
    return last[:end], last[end + len("]}") :]


def _begun(chain: str | Chain) -> tuple[str, str | None]:
    """The name of a chain, and of the one that it grows out of."""
    if isinstance(chain, Chain):
        return chain.name, chain.source.chain if isinstance(chain.source, Branch) else None
    found = _BEGINNING.match(chain)
    if found is None:
        raise ValueError("no chain as it is written here")
    return json.loads(found[1]), json.loads(found[2]) if found[2] else None


_AT_HAND: WeakValueDictionary[bytes, Plan] = WeakValueDictionary()


def _name(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


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
    return _made(_KINDS[name], fields)


def _made(kind: Any, fields: Mapping[str, Any]) -> Any:
    return kind(**{name: each if isinstance(each, str) else _value(each) for name, each in fields.items()})


_KINDS: dict[str, Any] = {"Decimal": Decimal} | {
    name: each
    for name, each in vars(words).items()
    if isinstance(each, type) and (dataclasses.is_dataclass(each) or issubclass(each, StrEnum))
}

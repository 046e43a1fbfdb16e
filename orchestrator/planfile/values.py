"""The kinds of single values a plan has: how each is read, what to write instead, and its JSON Schema."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from orchestrator.planfile.nodes import Odd, Scalar
from orchestrator.planfile.problems import short

Schema = dict[str, Any]
WRONG = "plan_value"
"""The type of a pydantic error whose message is ours and complete."""

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def wrong(message: str) -> NoReturn:
    """Refuse a value: what is wrong with it, and what to write instead."""
    raise PydanticCustomError(WRONG, "{message}", {"message": message})


class Value(ABC):
    """One kind of value, used as `Annotated[type, Kind(...)]`; pydantic reads and describes by it."""

    @property
    @abstractmethod
    def wants(self) -> str:
        """What to write, to stand behind "write"."""

    @abstractmethod
    def read(self, given: Scalar) -> object:
        """The value, or a PydanticCustomError that says what to write."""

    @abstractmethod
    def schema(self) -> Schema:
        """The JSON Schema of the value."""

    def read_any(self, given: object, _info: core_schema.ValidationInfo) -> object:
        """Read what stands there, which may be no single value at all."""
        if isinstance(given, Scalar):
            return self.read(given)
        wrong(f"{'a mapping' if isinstance(given, dict) else 'a list'} cannot stand here, write {self.wants}")

    def attempt(self, given: object) -> Any:
        """The value, or None when it cannot be read."""
        try:
            return self.read(given) if isinstance(given, Scalar) else None
        except PydanticCustomError:
            return None

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read_any)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> Schema:
        return self.schema()

    def text_of(self, given: Scalar) -> str:
        """The text that stands there; what YAML takes for something else is refused."""
        if isinstance(given.value, str):
            return given.value.strip()
        if given.text == "":
            wrong(f"nothing stands here, write {self.wants}, or leave it out")
        wrong(f'YAML reads a bare {short(given.text)} as {reading(given)}, quote it: "{short(given.text)}"')


def reading(given: Scalar) -> str:
    """What YAML takes a bare word for that is not text, in words."""
    match given.value:
        case None:
            return "nothing"
        case bool():
            return "true" if given.value else "false"
        case Odd(reading=words):
            return words
    return "a number"


def shown(given: Scalar) -> str:
    """The value as it goes into a message."""
    if isinstance(given.value, str):
        return f'"{short(given.value)}"'
    return short(given.text) if given.text else "nothing"


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant."""
    close = get_close_matches(word[:100], known[:200], n=1)
    return close[0] if close else None


@dataclass(frozen=True, slots=True)
class Text(Value):
    """A text as it is sent: outer white space stripped; None when nothing is left."""

    most: int = 2500
    meant: str = "a text"
    required: bool = False

    @property
    def wants(self) -> str:
        return self.meant

    def read(self, given: Scalar) -> str | None:
        text = self.text_of(given)
        if len(text) > self.most:
            wrong(f"{len(text):,} characters are too many, write at most {self.most:,}")
        if bad := CONTROL.search(text):
            wrong(f"the text has the control character U+{ord(bad.group()):04X} in it, delete it")
        if self.required and not text:
            wrong(f"nothing stands between the quotes, write {self.wants}")
        return text or None

    def schema(self) -> Schema:
        least = {"minLength": 1} if self.required else {}
        return {"type": "string", "maxLength": self.most, **least}


@dataclass(frozen=True, slots=True)
class OneOf(Value):
    """One of a few words, compared as written: `16:9` and `5` need no quotes here."""

    words: tuple[str, ...]

    @property
    def wants(self) -> str:
        return self.words[0] if len(self.words) == 1 else f"{', '.join(self.words[:-1])} or {self.words[-1]}"

    def read(self, given: Scalar) -> str:
        word = given.text.strip()
        if word in self.words:
            return word
        guess = nearest(word, list(self.words)) if isinstance(given.value, str) else None
        hint = f"did you mean {guess}? Write {self.wants}" if guess and len(self.words) > 1 else None
        wrong(f"{shown(given)} is not known here, {hint or f'write {self.wants}'}")

    def schema(self) -> Schema:
        numbers = [int(word) for word in self.words if word.isdecimal()]
        return {"enum": [*self.words, *numbers]}


@dataclass(frozen=True, slots=True)
class Flag(Value):
    """Yes or no, as `true` or `false` only."""

    @property
    def wants(self) -> str:
        return "true or false"

    def read(self, given: Scalar) -> bool:
        if isinstance(given.value, bool):
            return given.value
        wrong(f"{shown(given)} is neither true nor false, write {self.wants}")

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole(Value):
    """A whole number between two others, both included."""

    low: int
    high: int

    @property
    def wants(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def read(self, given: Scalar) -> int:
        value = given.value
        if isinstance(value, bool) or not isinstance(value, int):
            not_a_number(given, "a whole number", self.wants)
        if value < self.low:
            wrong(f"{shown(given)} is less than {self.low}, write {self.wants}")
        if value > self.high:
            wrong(f"{shown(given)} is more than {self.high}, write {self.wants}")
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A decimal number with at most six places, kept exactly."""

    low: Decimal
    high: Decimal
    meant: str = "a number"
    above_low: bool = False
    why: str = ""

    @property
    def wants(self) -> str:
        low = f"above {self.low} and up" if self.above_low else f"from {self.low}"
        return f"{self.meant} {low} to {self.high}"

    def read(self, given: Scalar) -> Decimal:
        value = given.value
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            not_a_number(given, "a number", self.wants)
        number = Decimal(value)
        if number < self.low or (self.above_low and number == self.low):
            wrong(f"{shown(given)} is too little, write {self.wants}")
        if number > self.high:
            wrong(f"{shown(given)} is more than {self.high}{self.why}, write {self.wants}")
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and exponent < -6:
            wrong(f"{shown(given)} is finer than needed, write at most six decimal places")
        return number

    def schema(self) -> Schema:
        least = "exclusiveMinimum" if self.above_low else "minimum"
        return {"type": "number", least: _json(self.low), "maximum": _json(self.high)}


def not_a_number(given: Scalar, kind: str, wants: str) -> NoReturn:
    """Refuse what is no number, with the nearest way to write one."""
    if isinstance(given.value, str) and _NUMBER.fullmatch(given.value.strip()):
        wrong(
            f"{shown(given)} is a text because of its quotes, write {given.value.strip()[:40]} without them"
        )
    if isinstance(given.value, Odd) and given.value.reading == "a number":
        wrong(f"{shown(given)} is not a plain decimal number, write {wants}")
    wrong(f"{shown(given)} is not {kind}, write {wants}")


def _json(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)

"""The values that only plans of videos have: names, ids, takes, lengths, instants, pictures."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic_core import core_schema

from orchestrator.plan import FILL, Pick
from orchestrator.planfile.nodes import Odd, Scalar
from orchestrator.planfile.pictures import Pictures
from orchestrator.planfile.values import CONTROL, Number, Schema, Text, Value, Whole, shown, wrong

MOST_TAKES = 20
TAKES = Whole(1, MOST_TAKES)
NAME_PATTERN = r"^[^\s.@/:#]+$"
VARIABLE_PATTERN = r"^[^\s${}]+$"
PLACE_LENGTH = 2048
PROMPTS_FILE = "the path of a text file with one prompt a line"
_NAME_LENGTH = 100
_RESERVED = frozenset(".@/:#")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_PICKS = {pick.value: pick for pick in Pick}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 1_500_000_000_000, 4_102_444_800_000
"""2017 and 2100 in Unix milliseconds: what is outside is in another unit."""


def unfit(name: str) -> str | None:
    """Why this cannot be a name, or None when it can."""
    if not name:
        return "is empty"
    if len(name) > _NAME_LENGTH:
        return f"has more than {_NAME_LENGTH} characters"
    if name.isalnum():
        return None
    for char in name:
        if char.isspace() or unicodedata.category(char) in _INVISIBLE:
            return "has white space or an invisible character in it"
        if char in _RESERVED:
            return f"has {char} in it, which separates the parts of plan:chain.step#repeat@take"
    return None


def name_from(stem: str) -> str:
    """A name made from any text: what a name cannot have becomes a hyphen."""
    fit = "".join("-" if unfit(char) else char for char in stem)
    return fit.strip("-")[:_NAME_LENGTH] or "plan"


@dataclass(frozen=True, slots=True)
class Name(Value):
    """The name of a plan or an account, or the id of a step (which is not a pure number)."""

    numbers: bool = True

    @property
    def wants(self) -> str:
        return "a short name such as leap or 锦鲤"

    def read(self, given: Scalar) -> str:
        # Quoting a number would not make it an id: said at once, not after the quotes.
        number = not self.numbers and _is_digits(given)
        name = given.text if number else self.text_of(given)
        if why := unfit(name):
            wrong(f"{shown(given)} {why}, write {self.wants}")
        if not self.numbers and name.isdecimal():
            wrong(f"{shown(given)} is a number, which names steps without an id, write {self.wants}")
        return name

    def schema(self) -> Schema:
        return {"type": "string", "pattern": NAME_PATTERN, "maxLength": _NAME_LENGTH}


@dataclass(frozen=True, slots=True)
class Reference(Name):
    """The name of a chain or step that is written elsewhere; numbers need no quotes."""

    def read(self, given: Scalar) -> str:
        return given.text if _is_digits(given) else Name.read(self, given)

    def schema(self) -> Schema:
        return {"type": ["string", "integer"]}


@dataclass(frozen=True, slots=True)
class Identifier(Value):
    """An id of the provider's: any visible characters; whole numbers are taken digit by digit."""

    @property
    def wants(self) -> str:
        return "the id as the provider shows it"

    def read(self, given: Scalar) -> str:
        text = given.text if _is_digits(given) else self.text_of(given)
        if not text or len(text) > 200 or any(char.isspace() for char in text) or CONTROL.search(text):
            wrong(f"{shown(given)} is not an id, write {self.wants}")
        return text

    def schema(self) -> Schema:
        return {"type": ["string", "integer"], "maxLength": 200}


def _is_digits(given: Scalar) -> bool:
    value = given.value
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0 and str(value) == given.text


@dataclass(frozen=True, slots=True)
class Repeat(Value):
    """How often a step is done: a number, or until the chain is full."""

    @property
    def wants(self) -> str:
        return "a whole number from 1 to 100, or fill"

    def read(self, given: Scalar) -> int | Literal["fill"]:
        if given.value == FILL:
            return FILL
        if isinstance(given.value, str | Odd | None):
            wrong(f"{shown(given)} is not known here, write {self.wants}")
        return Whole(1, 100).read(given)

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"const": FILL}]}


@dataclass(frozen=True, slots=True)
class Choice(Value):
    """Who picks among takes: a word, or the number of the take."""

    @property
    def wants(self) -> str:
        return "ask, first, longest, or the number of a take"

    def read(self, given: Scalar) -> Pick | int:
        if isinstance(given.value, str) and given.value in _PICKS:
            return _PICKS[given.value]
        if isinstance(given.value, str | Odd | None):
            wrong(f"{shown(given)} is not known here, write {self.wants}")
        return TAKES.read(given)

    def schema(self) -> Schema:
        words = {"enum": list(_PICKS)}
        return {"anyOf": [words, {"type": "integer", "minimum": 1, "maximum": MOST_TAKES}]}


@dataclass(frozen=True, slots=True)
class Seconds(Value):
    """A length of video, or how long to wait, in seconds."""

    most: Decimal
    above_zero: bool = True
    why: str = ""
    texts: bool = False

    @property
    def wants(self) -> str:
        return self._number.wants

    @property
    def _number(self) -> Number:
        return Number(Decimal(0), self.most, "seconds", self.above_zero, self.why)

    def read(self, given: Scalar) -> Decimal:
        if self.texts and isinstance(given.value, str):
            # The provider writes lengths as texts, and people copy them with the quotes.
            digits = given.value.strip()
            if len(digits) <= 20 and digits.replace(".", "", 1).isdecimal() and digits.isascii():
                return self._number.read(Scalar(digits, Decimal(digits), given.at))
        return self._number.read(given)

    def schema(self) -> Schema:
        number = self._number.schema()
        return {**number, "type": ["number", "string"]} if self.texts else number


LENGTH = Seconds(Decimal(3600), why=" s, an hour of film")


@dataclass(frozen=True, slots=True)
class Moment(Value):
    """An instant, as the provider's Unix milliseconds; an ISO date without offset is UTC."""

    @property
    def wants(self) -> str:
        return "Unix milliseconds, or a date such as 2026-11-20T10:00:00Z"

    def read(self, given: Scalar) -> int:
        if isinstance(given.value, int) and not isinstance(given.value, bool):
            instant = given.value
        else:
            instant = self._from_date(given)
        if not _FIRST <= instant <= _LAST:
            wrong(f"{shown(given)} is not an instant after 2017, write {self.wants}")
        return instant

    def _from_date(self, given: Scalar) -> int:
        try:
            date = datetime.fromisoformat(given.text.strip())
        except ValueError:
            wrong(f"{shown(given)} is not an instant, write {self.wants}")
        known = date if date.tzinfo else date.replace(tzinfo=UTC)
        return (known - _EPOCH) // timedelta(milliseconds=1)

    def schema(self) -> Schema:
        return {"type": ["integer", "string"]}


@dataclass(frozen=True, slots=True)
class Picture(Value):
    """An image to start from: a URL, kept as text, or a local file, known by its content."""

    @property
    def wants(self) -> str:
        return "the path of a JPEG or PNG file, or a URL"

    def read_any(self, given: object, info: core_schema.ValidationInfo) -> object:
        place = Value.read_any(self, given, info)
        assert isinstance(info.context, Pictures)
        found = info.context.look(str(place))
        if isinstance(found, str):
            wrong(f"{found}, write {self.wants}")
        return found

    def read(self, given: Scalar) -> object:
        if len(given.text) > PLACE_LENGTH:
            wrong(f"image data cannot stand in a plan, write {self.wants}")
        return Text(meant=self.wants, required=True).read(given)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": PLACE_LENGTH}

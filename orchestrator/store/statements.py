"""SQL as values: what a transaction asks and does, the same for whichever database runs it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Value = str | int | float | None
Values = Sequence[Value] | Mapping[str, Value]
Row = tuple[Any, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question; its values are marked `?`, or `:name` where they have names."""

    sql: str
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Do:
    """A change, made once for each row of values."""

    sql: str
    rows: Sequence[Sequence[Value]]


Steps = Generator[Sequence[Ask | Do], list[list[Row]], T]
"""A transaction as told step by step: each yields what belongs in one round trip, is sent the rows of
its questions in their order, and ends with what came of it."""


def upsert(table: str, key: Sequence[str], others: Sequence[str]) -> str:
    """One row put in place of whatever had its key."""
    columns = [*key, *others]
    changes = ", ".join(f"{column} = excluded.{column}" for column in others)
    marks = ", ".join("?" for _ in columns)
    names, keys = ", ".join(columns), ", ".join(key)
    # Names of our own tables and columns, from this package; values are marked.
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({keys}) DO UPDATE SET {changes}"  # noqa: S608

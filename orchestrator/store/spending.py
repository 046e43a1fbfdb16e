"""The sums that budgets are checked against, kept beside the facts and changed by differences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from decimal import Decimal

from orchestrator.budget import Entry, Scope, Spent, scopes


class Sums:
    """The sums touched by one transaction: read when first needed, written once at its end."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._touched: dict[Scope, Spent] = {}

    def replace(self, before: Iterable[Entry], after: Iterable[Entry]) -> None:
        """Count the entries of a take as they are now, in place of how they were counted."""
        old, new = tuple(before), tuple(after)
        for each in old:
            if each not in new:
                self._add(each, -1)
        for each in new:
            if each not in old:
                self._add(each, 1)

    def write(self) -> None:
        """Store what was touched."""
        self._db.executemany(
            "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(*_named(scope), *_row(total)) for scope, total in self._touched.items()],
        )

    def _add(self, each: Entry, times: int) -> None:
        for scope in scopes(each.begun):
            total = self._touched.get(scope) or spent(self._db, scope)
            self._touched[scope] = total.plus(each, times)


def spent(db: sqlite3.Connection, scope: Scope) -> Spent:
    """What is spent or reserved in a scope."""
    row = db.execute(
        "SELECT calls, units, cost, unknown_units, unknown_cost FROM spent"
        " WHERE plan = ? AND chain = ? AND run = ?",
        _named(scope),
    ).fetchone()
    if row is None:
        return Spent()
    calls, units, cost, unknown_units, unknown_cost = row
    return Spent(calls, Decimal(units), Decimal(cost), unknown_units, unknown_cost)


def _named(scope: Scope) -> tuple[str, ...]:
    return tuple(part or "" for part in scope)


def _row(total: Spent) -> tuple[int | str, ...]:
    return total.calls, _amount(total.units), _amount(total.cost), total.unknown_units, total.unknown_cost


def _amount(value: Decimal) -> str:
    # Normalised, so that a sum reads the same whichever way it came about: 3.50 - 3.50 + 2 is 2.
    return format(value.normalize(), "f")

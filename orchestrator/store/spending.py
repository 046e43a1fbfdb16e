"""The sums that budgets are checked against, kept beside the facts and changed by differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce

from orchestrator.budget import Entry, Scope, Spent, scopes
from orchestrator.store.statements import Ask, Do, Row, upsert

_UPSERT = upsert(
    "spent", ("plan", "chain", "run"), ("calls", "units", "cost", "unknown_units", "unknown_cost")
)


SUMS = "calls, units, cost, unknown_units, unknown_cost"
"""The columns of a sum, as `read_spent` reads them."""


class Sums:
    """What one transaction adds to the sums; read and written once, whatever it adds."""

    def __init__(self) -> None:
        self._added: dict[Scope, Spent] = {}
        self._begun: dict[Scope, None] = {}

    def replace(self, before: Sequence[Entry], after: Sequence[Entry]) -> None:
        """Count the entries of a take as they are now, in place of how they were counted."""
        known = {each.begun.number: each for each in before}
        for each in after:
            was = known.pop(each.begun.number, None)
            if was is None:
                self._begun.update(dict.fromkeys(scopes(each.begun)))
            elif each.counts_as(was):
                continue
            else:
                self._add(was, -1)
            self._add(each, 1)
        for each in known.values():
            self._add(each, -1)

    @property
    def touched(self) -> tuple[Scope, ...]:
        """The sums that change, or begin: one that begins with nothing is a row too."""
        changed = (scope for scope, added in self._added.items() if added != Spent())
        return tuple(dict.fromkeys((*self._begun, *changed)))

    def written(self, stored: Mapping[Scope, Spent]) -> Do:
        """Store what was added to these."""
        return Do(
            _UPSERT,
            [
                (*_named(scope), *_row(total_of(stored[scope], self._added.get(scope, Spent()))))
                for scope in self.touched
            ],
        )

    def _add(self, each: Entry, times: int) -> None:
        for scope in scopes(each.begun):
            self._added[scope] = self._added.get(scope, Spent()).plus(each, times)


def asked_spent(scope: Scope) -> Ask:
    """The question for one sum; `read_spent` reads the answer."""
    return Ask(
        f"SELECT {SUMS} FROM spent"  # noqa: S608  # our own texts
        " WHERE plan = ? AND chain = ? AND run = ?",
        _named(scope),
    )


def read_spent(rows: Iterable[Row]) -> Spent:
    """What is spent or reserved in a scope; nothing where there is no row."""
    for calls, units, cost, unknown_units, unknown_cost in rows:
        return Spent(calls, Decimal(units), Decimal(cost), unknown_units, unknown_cost)
    return Spent()


_CURRENCIES = Ask(
    "SELECT (SELECT min(currency) FROM attempt), (SELECT max(currency) FROM attempt),"
    " (SELECT 1 FROM attempt WHERE currency IS NULL LIMIT 1)"
)
"""The first and the last of them, and whether any cost has none."""

_BY_CURRENCY = Ask(
    "SELECT currency, calls, units, cost, count(*) FROM attempt GROUP BY currency, calls, units, cost"
)

_BY_PLAN = Ask(f"SELECT {SUMS} FROM spent WHERE chain = '' AND run = ''")  # noqa: S608  # our own texts


def spent_by_currency(ask: Callable[[Ask], list[Row]]) -> dict[str | None, Spent]:
    """What is spent or reserved in all, by the currency of its cost."""
    ((first, last, bare),) = ask(_CURRENCIES)
    if (first == last) if bare is None else (first is None):
        # All are alike: then the sums of the plans tell, and nobody adds up 100,000 rows.
        plans = (read_spent([row]) for row in ask(_BY_PLAN))
        return {first: reduce(total_of, plans, Spent())} if bare or first else {}
    sums: dict[str | None, Spent] = {}
    for currency, calls, units, cost, times in ask(_BY_CURRENCY):
        more = Spent(
            times * calls,
            times * Decimal(units or 0),
            times * Decimal(cost or 0),
            times * (units is None),
            times * (cost is None),
        )
        sums[currency] = total_of(sums.get(currency, Spent()), more)
    return sums


def total_of(one: Spent, other: Spent) -> Spent:
    """Both together."""
    return Spent(
        one.calls + other.calls,
        one.units + other.units,
        one.cost + other.cost,
        one.unknown_units + other.unknown_units,
        one.unknown_cost + other.unknown_cost,
    )


def _named(scope: Scope) -> tuple[str, ...]:
    return tuple(part or "" for part in scope)


def _row(total: Spent) -> tuple[int | str, ...]:
    return total.calls, _amount(total.units), _amount(total.cost), total.unknown_units, total.unknown_cost


def _amount(value: Decimal) -> str:
    # Normalised, so that a sum reads the same whichever way it came about: 3.50 - 3.50 + 2 is 2.
    return format(value.normalize(), "f")

"""The ledger by day and chain: estimated, reserved, billed, refunded, unknown; as a table, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from orchestrator.budget import Entry, Spent, Standing, by_currency
from orchestrator.report.amounts import money, number, spent_text
from orchestrator.report.machine import plain
from orchestrator.report.text import clean, cut, table, width
from orchestrator.report.times import day


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one chain's attempts of one local day came to, in one currency.

    `estimated` is what all of them were expected to cost when they began; `billed` what the provider
    said of those that succeeded, `spent` the estimate where it said nothing; `reserved` what is in the
    air; `refunded` what failed and costs nothing; `unknown` what failed or was given up, perhaps paid.
    """

    day: str
    plan: str
    chain: str
    currency: str | None
    declined: int
    estimated: Spent
    reserved: Spent
    billed: Spent
    spent: Spent
    refunded: Spent
    unknown: Spent

    @property
    def name(self) -> str:
        """Plan and chain."""
        return f"{self.plan}:{self.chain}"


_LEGEND = "In units; ~ where the provider did not say what it took, ? where nobody knows."

SUMS = ("estimated", "reserved", "billed", "spent", "refunded", "unknown")


def cost_lines(entries: Iterable[Entry]) -> tuple[CostLine, ...]:
    """One line a day, chain and currency, in this order."""
    found: dict[tuple[str, str, str, str | None], dict[str, Spent]] = {}
    declined: dict[tuple[str, str, str, str | None], int] = {}
    for entry in entries:
        begun = entry.begun
        name = (day(begun.at), begun.plan, begun.chain, begun.currency)
        sums = found.setdefault(name, dict.fromkeys(SUMS, Spent()))
        if entry.standing is Standing.DECLINED:
            declined[name] = declined.get(name, 0) + 1
            continue
        estimate = Entry(begun, entry.standing, 1, begun.units, begun.cost)
        sums["estimated"] = sums["estimated"].plus(estimate)
        actual = entry if entry.standing is Standing.SPENT else estimate
        sums[_sum_of(entry)] = sums[_sum_of(entry)].plus(actual)
    ordered = sorted(found.items(), key=lambda item: tuple(str(each or "") for each in item[0]))
    return tuple(
        CostLine(on, plan, chain, currency, declined.get((on, plan, chain, currency), 0), **sums)
        for (on, plan, chain, currency), sums in ordered
    )


def _sum_of(entry: Entry) -> str:
    if entry.standing is Standing.SPENT:
        return "billed" if entry.billed else "spent"
    return entry.standing.value


def cost_text(entries: Sequence[Entry], columns: int = 80) -> str:
    """A table in units, with the money at its end, and the totals below; empty columns are left out."""
    lines = cost_lines(entries)
    if not lines:
        return "Nothing has been paid for from this journal."
    head = ("calls", "estimated", "reserved", "spent", "refunded", "unknown", "cost")
    cells = [
        (
            str(line.estimated.calls),
            _units(line.estimated),
            _units(line.reserved),
            _spent_units(line),
            _units(line.refunded),
            _units(line.unknown),
            _cost(line),
        )
        for line in lines
    ]
    used = [index for index in range(len(head)) if any(row[index] for row in cells)]
    numbers = [[row[index] for index in used] for row in (head, *cells)]
    taken = len(lines[0].day) + sum(
        2 + max(width(cell) for cell in column) for column in zip(*numbers, strict=True)
    )
    names = max(12, columns - taken - 2)
    titles = [["day", "chain"], *([line.day, cut(clean(line.name), names)] for line in lines)]
    rows = [title + row for title, row in zip(titles, numbers, strict=True)]
    totals = [
        spent_text(total, currency) + (f" ({refunded.calls} failed and refunded)" if refunded.calls else "")
        for currency, total, refunded in _totals(entries)
    ]
    return "\n".join([*table(rows, set(range(2, 9))), "", *totals, _LEGEND])


def _totals(entries: Sequence[Entry]) -> list[tuple[str | None, Spent, Spent]]:
    refunded = by_currency(entry for entry in entries if entry.standing is Standing.REFUNDED)
    # A refunded call counts as a call against budgets and costs nothing.
    return [
        (currency, total, refunded.get(currency, Spent())) for currency, total in by_currency(entries).items()
    ]


def _units(spent: Spent) -> str:
    if spent.calls == 0:
        return ""
    if spent.unknown_units == spent.calls:
        return "?"
    return number(spent.units) + ("+?" if spent.unknown_units else "")


def _spent_units(line: CostLine) -> str:
    if line.spent.calls == 0:
        return _units(line.billed)
    both = _added(line.billed, line.spent)
    return "?" if _units(both) == "?" else f"~{_units(both)}"


def _cost(line: CostLine) -> str:
    parts = [line.billed, line.spent, line.reserved, line.unknown]
    total = parts[0]
    for part in parts[1:]:
        total = _added(total, part)
    if total.calls == 0:
        return ""
    if total.unknown_cost == total.calls:
        return "?"
    return money(total.cost, line.currency) + ("+?" if total.unknown_cost else "")


def _added(one: Spent, other: Spent) -> Spent:
    return Spent(*(getattr(one, field.name) + getattr(other, field.name) for field in fields(Spent)))


def cost_csv(entries: Iterable[Entry]) -> str:
    """A header and a row a line; amounts exact, empty where none of the calls has a known one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["day", "plan", "chain", "currency", "declined_calls"]
        + [f"{name}_{what}" for name in SUMS for what in ("calls", "units", "cost")]
    )
    for line in cost_lines(entries):
        row = [line.day, line.plan, line.chain, line.currency or "", str(line.declined)]
        for name in SUMS:
            spent: Spent = getattr(line, name)
            row += [str(spent.calls), _exact(spent.units, spent.calls - spent.unknown_units)]
            row.append(_exact(spent.cost, spent.calls - spent.unknown_cost))
        writer.writerow([clean(cell) for cell in row])
    return out.getvalue()


def _exact(amount: Decimal, known: int) -> str:
    return number(amount) if known else ""


def cost_json(entries: Iterable[Entry]) -> dict[str, Any]:
    """The lines as values; `unknown_units` and `unknown_cost` count calls whose amount nobody knows."""
    return {"lines": [plain(line) for line in cost_lines(entries)]}

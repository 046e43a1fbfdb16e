"""A status as text: what is in the air and what waits for a person first, then chains and money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from orchestrator.report.amounts import plural, spent_text
from orchestrator.report.asking import Ask, reason, with_place
from orchestrator.report.status import ChainStatus, Status
from orchestrator.report.text import clean, cut, table, width, wrapped
from orchestrator.report.times import film, local, span

MOST = 20
"""Lines of one kind; beyond them their number is told."""


def status_text(status: Status, now: datetime, columns: int = 80, place: Sequence[str] = ()) -> str:
    """Everything at a glance; nothing in it is wider than `columns` cells unless it is to be typed.

    `place` is the option that names this journal, where a command does not find it by itself.
    """
    working = f"working: {status.holder}" if status.holder else "no run is working"
    blocks = [[cut(f"{clean(status.journal)} · {plural(status.facts, 'fact')}", columns), clean(working)]]
    if status.in_the_air:
        blocks.append([f"In the air: {status.flying}", *_flying(status, columns)])
    if status.waiting:
        least = " or more" if status.unseen or status.unjudged else ""
        blocks.append(
            [f"Waiting for you: {len(status.waiting)}{least}", *asks(status.waiting, columns, place)]
        )
    if status.chains:
        blocks.append(["Chains", *_chains(status.chains, columns)])
    if status.unseen:
        left = ", ".join(f"{count} {clean(state)}" for state, count in status.unseen.items())
        more = plural(sum(status.unseen.values()), "chain")
        words = f"{more} not looked at; as the last run left them: {left}"
        words += " (--json and `orchestrate expiring` look at all)"
        blocks.append(wrapped(words, columns))
    if status.unjudged:
        words = (
            f"{status.unjudged} more that have been in the air for hours were not looked at (--json looks)"
        )
        blocks.append(wrapped(words, columns))
    for plan, why in status.unreadable.items():
        first = clean(why.splitlines()[0])
        blocks.append(wrapped(f"{clean(plan)}: its text in the journal no longer holds: {first}", columns))
    if status.expiring:
        blocks.append(["Gone from the provider within 7 days", *_expiring(status, now, columns)])
    blocks.append([f"Spent: {spent_text(spent, currency)}" for currency, spent in status.spent.items()])
    if status.unkept:
        files = plural(status.unkept, "file")
        resume = with_place("orchestrate resume", place)
        blocks[-1].append(f"{files} still to be fetched: {resume}")
    return "\n\n".join("\n".join(block) for block in blocks if block)


def asks(those: tuple[Ask, ...], columns: int, place: Sequence[str] = ()) -> list[str]:
    """Each with its reason and, on lines of their own and whole, the commands to type."""
    lines = []
    for ask in those[:MOST]:
        head = f"  {clean(ask.place) or 'account'}  {ask.need.value}: "
        lines += wrapped(head + ask.because, columns)[:1]
        rest = wrapped(head + ask.because, columns)[1:]
        lines += [f"    {line}" for line in rest]
        lines += [f"    → {with_place(command, place)}" for command in ask.how]
    return lines + _more(len(those))


def _flying(status: Status, columns: int) -> list[str]:
    rows = [
        [
            f"  {cut(clean(each.place), 30)}",
            each.state.value,
            f"{span(each.age)} of about {span(each.usual)}",
            clean(each.task_id or ""),
        ]
        for each in status.in_the_air[:MOST]
    ]
    return [cut(line, columns) for line in table(rows, set())] + _more(status.flying)


def _chains(those: tuple[ChainStatus, ...], columns: int) -> list[str]:
    # What is not finished is what people look for.
    ordered = sorted(those, key=lambda each: each.state == "done")
    rows = [
        [
            f"  {cut(clean(f'{each.plan}:{each.chain}'), 28)}",
            each.state,
            film(None if each.seconds is None else Decimal(each.seconds)),
            clean(reason(each.because)),
        ]
        for each in ordered[:MOST]
    ]
    return [cut(line, columns) for line in table(rows, {2})] + _more(len(those))


def _expiring(status: Status, now: datetime, columns: int) -> list[str]:
    lines = []
    for each in status.expiring[:MOST]:
        left = (each.at - now).total_seconds()
        when = "gone" if left <= 0 else f"in {span(left)}"
        head = f"  {clean(each.place)}  {when} ({local(each.at)})"
        lines.append(cut(f"{head}  {clean(each.why)}", max(columns, width(head))))
    return lines + _more(len(status.expiring))


def _more(count: int) -> list[str]:
    return [f"  … and {count - MOST} more (--json shows all)"] if count > MOST else []

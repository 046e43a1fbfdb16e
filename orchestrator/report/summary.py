"""What came of a run: chain by chain, what a person must decide, what is in the air, what it cost."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from orchestrator.budget import Spent
from orchestrator.errors import JournalBrokenError, OrchestratorError
from orchestrator.facts import AttemptBegun
from orchestrator.lineage import Take
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Finish, Hold, Watch
from orchestrator.report.amounts import plural, spent_text
from orchestrator.report.asking import Ask, ask_of, reason, typed, with_place
from orchestrator.report.glance import asks
from orchestrator.report.machine import plain
from orchestrator.report.text import clean, pad, width, wrapped
from orchestrator.report.times import film

_MOST = 50
"""Chains that are told one by one; of more, those that are not done come first."""


class Ended(Protocol):
    """How a run ended, as the runner says it."""

    @property
    def views(self) -> tuple[ChainView, ...]:
        """Its chains."""
        ...

    @property
    def strays(self) -> tuple[Hold, ...]:
        """What needs a person and is wanted by none of its plans."""
        ...

    @property
    def spent(self) -> Spent:
        """What this run spent or reserved."""
        ...

    @property
    def in_the_air(self) -> tuple[AttemptBegun, ...]:
        """What may still be running at the provider."""
        ...

    @property
    def unkept(self) -> int:
        """Files that did not come."""
        ...

    @property
    def drained(self) -> bool:
        """It was asked to stop."""
        ...

    @property
    def error(self) -> OrchestratorError | None:
        """What it could not go on for."""
        ...


def summary_text(
    result: Ended,
    plans: Sequence[Plan],
    films: Mapping[tuple[str, str], str] | None = None,
    columns: int = 80,
    options: Sequence[str] = (),
    place: Sequence[str] = (),
) -> str:
    """For people; `films` are the readable names that finished films were given, by plan and chain.

    `options` are what this run was told and the next one has to be told again, `place` the option that every
    other command needs to find this journal, if any. Nothing to type and no file name is ever cut.
    """
    blocks = []
    for plan in plans:
        views = [view for view in result.views if view.plan == plan.name]
        done = sum(view.standing[0] == "done" for view in views)
        blocks.append(
            [
                f"{plan.name}: {done} of {plural(len(views), 'chain')} done",
                "",
                *_chains(views, films or {}, columns, place),
            ]
        )
    decisions = _asks(result)
    if decisions:
        blocks.append([f"Waiting for you: {len(decisions)}", *asks(decisions, columns, place)])
    last = []
    if result.error is not None:
        last += wrapped(f"The run stopped: {result.error}", columns)
    elif result.drained:
        last.append("The run was asked to stop.")
    last += _remains(result, columns)
    currencies = {plan.prices.currency for plan in plans}
    currency = currencies.pop() if len(currencies) == 1 else None
    last.append(f"This run: {spent_text(result.spent, currency)}")
    last += _onward(result, plans, options)
    blocks.append(last)
    return "\n\n".join("\n".join(block) for block in blocks)


def _chains(
    views: Sequence[ChainView], films: Mapping[tuple[str, str], str], columns: int, place: Sequence[str]
) -> list[str]:
    ordered = sorted(views, key=lambda view: view.standing[0] == "done") if len(views) > _MOST else views
    shown = ordered[:_MOST]
    names = min(20, max((width(view.chain.name) for view in shown), default=0))
    states = max((len(view.standing[0]) for view in shown), default=0)
    lines = []
    for view in shown:
        state, because = view.standing
        if any(isinstance(action, Watch) for action in view.next):
            because = "in the air"
        length = pad(film(view.length), 5, right=True)
        head = f"  {pad(clean(view.chain.name), names)}  {length}  {pad(state, states)}  "
        path = _film(view, films)
        if state == "done" and path is not None:
            lines.append(head + path)
            continue
        rest = wrapped(reason(because), max(20, columns - width(head)))
        lines.append(head + rest[0])
        lines += [" " * width(head) + line for line in rest[1:]]
        if isinstance(view.end, Finish) and (command := typed(because)) is not None:
            lines.append(f"{' ' * width(head)}→ {with_place(command, place)}")
        if path is not None:
            lines.append(" " * width(head) + path)
    if len(ordered) > _MOST:
        lines.append(f"  … and {len(ordered) - _MOST} more")
    return lines


def _film(view: ChainView, films: Mapping[tuple[str, str], str]) -> str | None:
    """The readable name, else the file in the archive, of what the chain has come to."""
    path = films.get((view.plan, view.chain.name))
    if path is not None:
        return clean(path)
    if view.tip is None or view.tip.kept is None or view.made == 0:
        return None
    return clean(view.tip.kept.path)


def _asks(result: Ended) -> tuple[Ask, ...]:
    takes: dict[str, Take] = {
        take.key: take.state for view in result.views for step in view.steps for take in step.takes
    }
    holds = [each for view in result.views for each in view.next if isinstance(each, Hold)]
    found = (ask_of(hold, takes.get(hold.take or "")) for hold in (*holds, *result.strays))
    return tuple(dict.fromkeys(found))


def _remains(result: Ended, columns: int) -> list[str]:
    lines = []
    if result.in_the_air:
        places = ", ".join(dict.fromkeys(clean(begun.place) for begun in result.in_the_air[:3]))
        more = ", …" if len(result.in_the_air) > 3 else ""
        tasks = plural(len(result.in_the_air), "submission")
        # What was removed, or is damaged, may not hold the last of them.
        safe = not isinstance(result.error, JournalBrokenError)
        then = "nothing is lost, the next run goes on with them" if safe else "the next run says how to go on"
        text = f"In the air: {tasks} ({places}{more}); {then}"
        lines += wrapped(text, columns)
    if result.unkept:
        count = plural(result.unkept, "file")
        lines += wrapped(f"Not fetched: {count}; the provider keeps them for 30 days", columns)
    return lines


def _onward(result: Ended, plans: Sequence[Plan], options: Sequence[str]) -> list[str]:
    unfinished = [
        plan
        for plan in plans
        if any(view.plan == plan.name and view.standing[0] != "done" for view in result.views)
    ]
    if not unfinished and not result.in_the_air and not result.unkept:
        return []
    words = (*(plan.path or plan.name for plan in unfinished or plans), *options)
    return [f"Go on with: orchestrate resume {' '.join(shlex.quote(clean(word)) for word in words)}"]


def summary_json(result: Ended) -> dict[str, Any]:
    """The same as values."""
    return {
        "chains": [
            {
                "plan": view.plan,
                "chain": view.chain.name,
                "state": view.standing[0],
                "because": view.standing[1],
                "seconds": plain(view.length),
                "made": view.made,
                "file": view.tip.kept.path if view.tip and view.tip.kept else None,
            }
            for view in result.views
        ],
        "waiting": [plain(ask) for ask in _asks(result)],
        "in_the_air": [begun.place for begun in result.in_the_air],
        "unkept": result.unkept,
        "spent": plain(result.spent),
        "stopped": result.drained,
        "error": None if result.error is None else str(result.error),
    }

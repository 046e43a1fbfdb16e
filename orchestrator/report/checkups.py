"""What a check-up found: a line a check, the next move under what is not well, a count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from orchestrator.checkup import Check, Verdict
from orchestrator.report.amounts import plural
from orchestrator.report.machine import plain
from orchestrator.report.text import clean, pad, width, wrapped

_MARK = {Verdict.OK: "ok", Verdict.WARNING: "warning", Verdict.PROBLEM: "PROBLEM", Verdict.UNKNOWN: "unknown"}
_LEAST = 30


def checks_text(checks: Sequence[Check], columns: int = 80) -> str:
    """Verdict, name and what was found, in columns; what follows from them in one last line."""
    return "\n".join([check_lines(checks, columns), "", _sum(checks)])


def check_lines(checks: Sequence[Check], columns: int = 80) -> str:
    """The checks alone, where more than they decide what follows."""
    marks = max(map(len, _MARK.values()))
    names = max(width(each.name) for each in checks)
    indent = marks + names + 4
    room = max(_LEAST, columns - indent)
    lines: list[str] = []
    for each in checks:
        first, *rest = wrapped(clean(each.found), room)
        lines.append(f"{pad(_MARK[each.verdict], marks)}  {pad(each.name, names)}  {first}")
        move = wrapped(clean(each.move), room - 2) if each.move else []
        rest += [f"{'  ' if number else '→ '}{line}" for number, line in enumerate(move)]
        lines += [f"{' ' * indent}{line}" for line in rest]
    return "\n".join(lines)


def checks_json(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {"name": each.name, "verdict": plain(each.verdict), "found": each.found, "move": each.move or None}
        for each in checks
    ]


def _sum(checks: Sequence[Check]) -> str:
    count = Counter(each.verdict for each in checks)
    if not count[Verdict.PROBLEM]:
        rest = f"; {plural(count[Verdict.WARNING], 'warning')}" if count[Verdict.WARNING] else ""
        return f"Nothing stands in the way of a run{rest}."
    return f"{plural(count[Verdict.PROBLEM], 'problem')} to mend before a run can go on."

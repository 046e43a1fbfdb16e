"""The takes of one step as text and as JSON: what there is to choose from, and what is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orchestrator.drift import Drift
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Pick
from orchestrator.planner import TakeView
from orchestrator.report.amounts import number
from orchestrator.report.asking import reason
from orchestrator.report.drifts import NOTHING, drift_json
from orchestrator.report.machine import plain
from orchestrator.report.meaning import Meant
from orchestrator.report.naming import SHORT
from orchestrator.report.states import state_of
from orchestrator.report.text import clean, cut, table, wrapped
from orchestrator.report.times import film

_RULES: Mapping[Pick | int, str] = {
    Pick.ASK: "the plan asks you",
    Pick.FIRST: "the plan takes the first that succeeds",
    Pick.LONGEST: "the plan takes the longest",
}


def takes_text(
    meant: Meant,
    lineage: Lineage,
    folder: str,
    columns: int,
    drifts: Mapping[TakeKey, Drift | None] = NOTHING,
) -> str:
    """The step and its prompt, a line a take, how one is picked, and what it waits for; paths are whole."""
    step = meant.step
    lines = [cut(f"{step.place}  {clean(step.step.prompt or '(no prompt)')}", columns), ""]
    lines += table([_row(meant, take, lineage, folder, drifts.get(take.key)) for take in step.takes], {3})
    lines += ["", _picked(meant, lineage)]
    if meant.hold is not None:
        lines += wrapped(f"waits: {meant.hold.because}", columns)
    return "\n".join(lines)


def _row(meant: Meant, take: TakeView, lineage: Lineage, folder: str, drift: Drift | None) -> list[str]:
    gained = _gained(meant, take)
    added = "" if gained is None else f"+{number(gained)} s"
    return [
        "→" if _is_picked(meant, take) else " ",
        f"@{take.number}",
        _state(take, lineage),
        film(take.video.film) if take.video else "",
        added,
        "" if drift is None else f"drift {number(drift.amount)}",
        _where(take, folder),
    ]


def _state(take: TakeView, lineage: Lineage) -> str:
    word = state_of(lineage.take(take.key)).value
    return f"{word}, rejected" if take.rejected else word


def _where(take: TakeView, folder: str) -> str:
    """Where to look at it; or why there is nothing to look at."""
    if take.video is not None and take.video.kept is not None:
        return f"{folder}/{take.video.kept.path}"
    if take.video is not None:
        return f"video {clean(take.video.video_id)}"
    if take.rejected or take.next is None:
        return take.key[:SHORT]
    return clean(reason(take.next.because))


def _gained(meant: Meant, take: TakeView) -> Decimal | None:
    if take.video is None or take.video.length is None or meant.step.parent is None:
        return None
    before = meant.step.parent.length
    if take.video.by_frame:
        return take.video.length
    return None if before is None else take.video.length - before


def _is_picked(meant: Meant, take: TakeView) -> bool:
    return meant.step.picked is not None and meant.step.picked.number == take.number


def _picked(meant: Meant, lineage: Lineage) -> str:
    person, rule = lineage.picks.get(meant.wish), meant.step.step.pick
    written = _RULES.get(rule, f"the plan takes @{rule}")
    if person is not None:
        return f"picked: @{person}, by you ({written} otherwise)"
    if len(meant.step.takes) == 1:
        return "picked: the only one"
    now = f"@{meant.step.picked.number}, " if meant.step.picked else "none yet, "
    return f"picked: {now}{written}"


def takes_json(
    meant: Meant, lineage: Lineage, drifts: Mapping[TakeKey, Drift | None] = NOTHING
) -> dict[str, Any]:
    """The same as values."""
    return {
        "place": str(meant.step.place),
        "prompt": meant.step.step.prompt,
        "pick": plain(meant.step.step.pick),
        "picked_by_a_person": lineage.picks.get(meant.wish),
        "picked": meant.step.picked.number if meant.step.picked else None,
        "review": meant.step.step.review,
        "approved": meant.wish in lineage.approved,
        "waits": None if meant.hold is None else meant.hold.because,
        "takes": [
            {
                "number": take.number,
                "take": take.key,
                "state": state_of(lineage.take(take.key)).value,
                "rejected": take.rejected,
                "prompt": take.prompt,
                "seconds": plain(take.video.length) if take.video else None,
                "added": plain(_gained(meant, take)),
                "task_id": take.video.task_id if take.video else None,
                "video_id": take.video.video_id if take.video else None,
                "file": take.video.kept.path if take.video and take.video.kept else None,
                "drift": drift_json(drifts.get(take.key)),
                "because": None if take.next is None else take.next.because,
            }
            for take in meant.step.takes
        ],
    }

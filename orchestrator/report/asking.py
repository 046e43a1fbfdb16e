"""What only a person can do, and the command to type for it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.lineage import Take
from orchestrator.planner import Hold, Need
from orchestrator.report.text import clean

_COMMAND = ": orchestrate "
_REMARK = "   # "
_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a person must decide; `how` are lines to type, or to do."""

    place: str
    need: Need
    because: str
    how: tuple[str, ...]


def ask_of(hold: Hold, take: Take | None) -> Ask:
    """The question behind a hold; `take` is the one it speaks of, where that is known."""
    place = str(hold.place) if hold.place else ""
    because, found, command = hold.because.partition(_COMMAND)
    if found:  # the planner has said already what to type
        return Ask(place, hold.need, clean(because), (f"orchestrate {clean(command)}", *_beside(hold, place)))
    return Ask(place, hold.need, clean(hold.because), _how(hold, place, take))


def typed(because: str) -> str | None:
    """The command to type that a reason ends with, if it does."""
    _, found, command = because.partition(_COMMAND)
    return f"orchestrate {clean(command)}" if found else None


def with_place(command: str, place: Sequence[str]) -> str:
    """A line to type that finds the same journal: with the option that names it, if that is needed."""
    if not place or "orchestrate " not in command:
        return command
    words, remark, said = command.partition(_REMARK)
    return f"{words} {shlex.join(place)}{remark}{said}"


def _beside(hold: Hold, place: str) -> tuple[str, ...]:
    """What else can be typed about a choice."""
    match hold.need:
        case Need.PICK:
            return (f"orchestrate take list {place}   # lengths and files",)
        case Need.REVIEW:
            return (
                f"orchestrate reject {place}   # and have another made",
                f"orchestrate take list {place}   # its file",
            )
        case Need.DRIFT:
            return (
                f"orchestrate reject {place}   # and have another made",
                f"orchestrate lineage show {place} --drift   # the numbers, and its file",
            )
        case _:
            return ()


def reason(because: str) -> str:
    """A reason without the command to type, for lines that show that elsewhere."""
    return because.partition(_COMMAND)[0]


def _how(hold: Hold, place: str, take: Take | None) -> tuple[str, ...]:
    match hold.need:
        case Need.UNCLEAR:
            candidates = _candidates(take)
            resolve = f"orchestrate resolve {place}"
            found = tuple(f"{resolve} --task-id {each}" for each in candidates or ("ID",))
            return (*found, f"{resolve} --not-submitted", f"{resolve} --abandon")
        case Need.SUSPENDED | Need.LOST:
            return "orchestrate resume   # asks once more", f"orchestrate resolve {place} --abandon"
        case Need.BUDGET:
            return ("raise the budget in the plan, then: orchestrate resume",)
        case Need.CREDENTIALS:
            return ("give a key that is allowed to, then: orchestrate resume",)
        case Need.PAYMENT:
            return ("top the account up, then: orchestrate resume",)
        case _:
            return ()


def _candidates(take: Take | None) -> tuple[str, ...]:
    """Tasks that fit by parent and time; they prove nothing, so the person is shown them."""
    unclear = take.open[-1].unclear if take and take.open else None
    return tuple(clean(each) for each in unclear.candidates[:_CANDIDATES]) if unclear else ()

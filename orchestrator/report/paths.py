"""The way from a root to one take as a script: which prompt made which seconds of the film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator.errors import PlanError
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Take
from orchestrator.planner import Place
from orchestrator.report.amounts import number, plural
from orchestrator.report.machine import plain
from orchestrator.report.naming import SHORT, name_of
from orchestrator.report.states import State, state_of
from orchestrator.report.text import clean, pad, width, wrapped

Places = Mapping[TakeKey, tuple[Place, ...]]

_NAME = 28


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of a film: the seconds it added, and what was asked for; a bound is None if not known.

    `before` are the seconds of film that lie in other files, those of the segments before its own.
    """

    key: TakeKey
    name: str
    state: State
    begins: Decimal | None
    ends: Decimal | None
    prompt: str | None
    negative_prompt: str | None
    cfg_scale: Decimal | None
    made_elsewhere: bool
    before: Decimal = Decimal(0)
    by_frame: bool = False

    @property
    def gained(self) -> Decimal | None:
        """Seconds it added."""
        return None if self.begins is None or self.ends is None else self.ends - self.begins

    @property
    def title(self) -> str:
        """Its prompt, or why there is none."""
        return "(made elsewhere)" if self.made_elsewhere else self.prompt or "(no prompt)"


def scenes(lineage: Lineage, key: TakeKey, places: Places) -> tuple[Scene, ...]:
    """From the root to this take, in order of the film; the take itself need not have a video yet."""
    takes = [lineage.take(key)]
    while (parent := takes[-1].parent) is not None:
        takes.append(lineage.take(parent))
    return tuple(_scene(lineage, take, places) for take in reversed(takes))


def _scene(lineage: Lineage, take: Take, places: Places) -> Scene:
    begun = take.last.begun if take.last else None
    video = take.video
    return Scene(
        key=take.key,
        name=name_of(take.key, lineage, places),
        state=state_of(take),
        begins=lineage.begins(take.key),
        ends=video.film if video else None,
        prompt=begun.prompt if begun else None,
        negative_prompt=begun.negative_prompt if begun else None,
        cfg_scale=begun.cfg_scale if begun else None,
        made_elsewhere=begun is None,
        before=video.before if video else Decimal(0),
        by_frame=video.by_frame if video else False,
    )


def scene_at(those: tuple[Scene, ...], second: Decimal) -> Scene:
    """The step that made this second of the film: PlanError where the film does not reach it."""
    for each in those:
        if each.begins is not None and each.ends is not None and each.begins <= second < each.ends:
            return each
    last = those[-1]
    length = "not known" if last.ends is None else minute(last.ends)
    raise PlanError(f"{minute(second)} is not in the film of {clean(last.name)}; its length is {length}")


def path_text(those: tuple[Scene, ...], columns: int = 80) -> str:
    """The script: a line of times and names for each step, its whole prompt below it."""
    last = those[-1]
    total = "length not known" if last.ends is None else f"{minute(last.ends)} ({number(last.ends)} s)"
    head = f"{clean(last.name)}  {total}, {plural(len(those), 'step')}"
    lines = [head]
    room = min(_NAME, max(width(clean(each.name)) for each in those))
    for each in those:
        state = "" if each.state in (State.KEPT, State.MADE) else f"  {each.state.value}"
        state = f"  by frame{state}" if each.by_frame else state
        lines += ["", f"{_times(each)}  {pad(clean(each.name), room)}  {each.key[:SHORT]}{state}"]
        lines += [f"    {line}" for line in wrapped(each.title, max(20, columns - 4))]
    return "\n".join(lines)


def path_json(those: tuple[Scene, ...]) -> list[dict[str, Any]]:
    """One mapping a step, from the root on; seconds are exact numbers as text."""
    return [
        {
            "take": each.key,
            "place": each.name,
            "state": each.state.value,
            "begins": plain(each.begins),
            "ends": plain(each.ends),
            "gained": plain(each.gained),
            "by_frame": each.by_frame,
            "prompt": each.prompt,
            "negative_prompt": each.negative_prompt,
            "cfg_scale": plain(each.cfg_scale),
        }
        for each in those
    ]


def minute(seconds: Decimal | None) -> str:
    """A place on the time axis to the tenth: `1:37.4`; `?` where it is not known."""
    if seconds is None:
        return "?"
    tenths = int(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _times(each: Scene) -> str:
    gained = "" if each.gained is None else f"+{number(each.gained)} s"
    return f"{minute(each.begins):>6}–{minute(each.ends):<6}  {gained:<8}"

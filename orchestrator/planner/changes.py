"""Why a step is to be made: what it was at the same place before, and what is different about it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.facts import AttemptBegun
from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Lineage
from orchestrator.plan import Chain, Generation, Step
from orchestrator.planner.actions import Place

NEW = "new"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A step as it would be sent; `parent` is None for a generation."""

    key: StepKey
    parent: TakeKey | None
    step: Step
    generation: Generation | None = None


class Past:
    """What was begun last at each place of a plan, takes not told apart, and which prompts moved."""

    def __init__(self, lineage: Lineage, plan: str) -> None:
        self._lineage = lineage
        self._plan = plan
        self._chains: dict[str, tuple[dict[str, AttemptBegun], set[str | None]]] = {}

    def why(self, chain: Chain, place: Place, asked: Asked) -> str:
        """In words, against what stood there before: `parent changed`, `prompt changed, was …`, or `new`."""
        places, gone = self._of(chain)
        before = places.get(str(place).partition("@")[0])
        # What stood elsewhere in the chain grew out of something else there.
        moved = asked.parent is not None and asked.step.prompt in gone
        if before is None:
            return "parent changed" if moved else NEW
        if before.step == asked.key:
            return "another take of it"
        words = ["parent changed"] if before.parent != asked.parent else []
        if before.prompt not in asked.step.prompts:
            if moved:
                return "parent changed"
            if before.prompt in {each for step in chain.steps for each in step.prompts}:
                return NEW  # inserted: what stood here stands elsewhere now
            words.append(f"prompt changed, was {_short(before.prompt)}")
        words += _parameters(before, asked)
        return "; ".join(words) or NEW

    def _of(self, chain: Chain) -> tuple[dict[str, AttemptBegun], set[str | None]]:
        """What was begun, and its prompts that stand elsewhere today; looked at when first asked about."""
        if chain.name not in self._chains:
            begun = sorted(self._lineage.begun_for(self._plan, chain.name), key=lambda each: each.at)
            places = {each.place.partition("@")[0]: each for each in begun}
            today = {f"{self._plan}:{chain.name}.{step.id}": step.prompts for step in chain.steps}
            # One repetition more of a step that asks for what it always did grows out of nothing new.
            gone = {each.prompt for each in begun if each.prompt not in today.get(_step(each.place), ())}
            self._chains[chain.name] = places, gone
        return self._chains[chain.name]


def _step(place: str) -> str:
    return place.partition("@")[0].partition("#")[0]


def _parameters(before: AttemptBegun, asked: Asked) -> Iterator[str]:
    made = asked.generation
    now: dict[str, str | Decimal | None] = {
        "negative_prompt": asked.step.negative_prompt,
        "cfg_scale": asked.step.cfg_scale,
    }
    if made is not None:
        now |= {name: getattr(made, name) for name in ("model_name", "mode", "duration", "aspect_ratio")}
        now |= {"image": made.image.identity if made.image else None}
        now |= {"image_tail": made.image_tail.identity if made.image_tail else None}
    for name, value in now.items():
        if getattr(before, name) != value:
            yield f"{name} changed, was {_short(getattr(before, name))}"


def _short(value: str | Decimal | None) -> str:
    if value is None:
        return "absent"
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"

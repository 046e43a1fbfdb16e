"""Which step of today's plans a person means, and which take of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.errors import PlanError
from orchestrator.lineage import Lineage, Wish
from orchestrator.planner import ChainView, Hold, StepView, TakeView
from orchestrator.report.naming import PLACE, find
from orchestrator.report.text import clean


@dataclass(frozen=True, slots=True)
class Meant:
    """A step that a chain has reached; `number` is the take that was named, if one was."""

    chain: ChainView
    step: StepView
    number: int | None = None

    @property
    def wish(self) -> Wish:
        """What a person's choices about the step are kept by."""
        return self.chain.plan, self.chain.chain.name, self.step.wish

    @property
    def hold(self) -> Hold | None:
        """What the step holds the chain for."""
        return next((hold for hold in _holds(self.chain) if hold.place == self.step.place), None)

    @property
    def take(self) -> TakeView | None:
        """The take that was named, as the plan knows it."""
        return next((take for take in self.step.takes if take.number == self.number), None)


def find_step(text: str, lineage: Lineage, views: Sequence[ChainView]) -> Meant:
    """The step that this names: a place, a chain (the step it waits at), or any take of it by key or id.

    Of several repetitions the one that waits is meant, else the newest. PlanError when nothing is
    called so, no chain of today has come there, or several have.
    """
    match = PLACE.fullmatch(text)
    found = _by_place(match, views) if match else []
    found = found or _by_take(text, lineage, views)
    if not found:
        raise PlanError(
            f"{clean(text)}: no plan of today has come to such a step; `orchestrate status` shows the chains"
        )
    if len(found) > 1:
        places = ", ".join(str(each.step.place) for each in found)
        raise PlanError(f"{clean(text)} can be any of {places}; say more of it")
    return found[0]


def _by_place(match: re.Match[str], views: Sequence[ChainView]) -> list[Meant]:
    number = int(match["take"]) if match["take"] else None
    chains = [
        view for view in views if view.chain.name == match["chain"] and match["plan"] in (None, view.plan)
    ]
    found = ((view, _meant_in(match, view)) for view in chains)
    return [Meant(view, step, number) for view, step in found if step is not None]


def _meant_in(match: re.Match[str], view: ChainView) -> StepView | None:
    held = {hold.place for hold in _holds(view)}
    if match["step"] is None:
        return next((step for step in view.steps if step.place in held), None)
    repeat = int(match["repeat"]) if match["repeat"] else None
    steps = [
        step
        for step in view.steps
        if step.place.step == match["step"] and repeat in (None, step.place.repeat)
    ]
    waiting = [step for step in steps if step.place in held]
    made = [step for step in steps if any(take.video for take in step.takes)]
    return next((those[-1] for those in (waiting, made, steps) if those), None)


def _by_take(text: str, lineage: Lineage, views: Sequence[ChainView]) -> list[Meant]:
    key = find(text, lineage, views)
    return [
        Meant(view, step, take.number)
        for view in views
        for step in view.steps
        for take in step.takes
        if take.key == key
    ]


def _holds(view: ChainView) -> list[Hold]:
    return [action for action in view.next if isinstance(action, Hold)]

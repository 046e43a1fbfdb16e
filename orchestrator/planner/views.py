"""What a chain looks like now: the steps reached, their takes, and what is next for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Take, Video
from orchestrator.plan import Chain, Step
from orchestrator.planner.actions import Action, Finish, Hold, Place


@dataclass(frozen=True, slots=True)
class TakeView:
    """One take that is wanted: the candidate that stands for it, and its next action.

    `next` is None once its video exists. `tried` are takes whose prompts moderation refused.
    """

    place: Place
    key: TakeKey
    step: StepKey
    number: int
    prompt: str | None
    state: Take
    next: Action | None
    rejected: bool = False
    tried: tuple[TakeKey, ...] = ()

    @property
    def video(self) -> Video | None:
        """The video made for it."""
        return self.state.video

    @property
    def settled(self) -> bool:
        """Nothing more will come of it without a person: made, or given up."""
        return self.next is None or isinstance(self.next, Finish)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step reached by the walk, in one repetition; `wish` is what picks and approvals are kept by."""

    place: Place
    step: Step
    wish: StepKey
    parent: Video | None
    takes: tuple[TakeView, ...]
    picked: TakeView | None


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain as far as it has come: its tip, and what is next for it, most important first.

    `consulted` are the takes whose facts can change this view.
    """

    plan: str
    chain: Chain
    source: Video | None
    steps: tuple[StepView, ...]
    tip: Video | None
    next: tuple[Action, ...]
    consulted: frozenset[TakeKey] = field(default=frozenset(), repr=False)

    @property
    def length(self) -> Decimal | None:
        """The running length in seconds."""
        return self.tip.film if self.tip else None

    @property
    def made(self) -> int:
        """How many of its extensions exist, along the picked takes."""
        return sum(view.picked is not None and view.parent is not None for view in self.steps)

    @property
    def end(self) -> Finish | Hold | None:
        """Why it goes no further; None while something is being done or waited for."""
        if not self.next or not all(isinstance(action, Finish | Hold) for action in self.next):
            return None
        holds = [action for action in self.next if isinstance(action, Hold)]
        return holds[0] if holds else _worst([action for action in self.next if isinstance(action, Finish)])

    @property
    def standing(self) -> tuple[str, str]:
        """In a word and a reason: how it ended, what it needs, or that it is under way."""
        end = self.end
        if end is None:
            return "under way", "; ".join(dict.fromkeys(action.because for action in self.next))
        return (end.ending if isinstance(end, Finish) else end.need).value, end.because


def _worst(finishes: list[Finish]) -> Finish:
    order = list(type(finishes[0].ending))
    return max(finishes, key=lambda finish: order.index(finish.ending))

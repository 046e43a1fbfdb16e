"""Which take of a step a chain goes on from: the plan's rule, and a person's last word."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.identity import StepKey, TakeKey
from orchestrator.lineage import Lineage, Wish
from orchestrator.plan import Pick, Step
from orchestrator.planner.actions import Ending, Finish, Hold, Need, Place
from orchestrator.planner.views import TakeView


def wanted_takes(step: Step, lineage: Lineage, wish: Wish) -> int:
    """How many takes are wanted: by the plan, by a person who asked for more, or picked by number."""
    rule = step.pick if isinstance(step.pick, int) else 0
    return max(step.takes, lineage.wanted.get(wish, 0), lineage.picks.get(wish, 0), rule)


def rule_of(step: Step, lineage: Lineage, wish: Wish) -> Pick | int:
    """Who chooses: a person's last word before the plan's."""
    rule: Pick | int = lineage.picks.get(wish, step.pick)
    if isinstance(rule, int) and (*wish, rule) in lineage.rejected:
        return Pick.ASK  # only a person knows what to go on from instead
    return rule


def choose(
    step: Step, takes: tuple[TakeView, ...], lineage: Lineage, wish: Wish, place: Place
) -> TakeView | Hold | Finish | None:
    """The take that the chain goes on from, or why there is none; None while takes are being made."""
    usable = [take for take in takes if take.video is not None and not take.rejected]
    settled = all(take.settled for take in takes if not take.rejected)
    rule = rule_of(step, lineage, wish)
    chosen: TakeView | None = None
    if isinstance(rule, int):
        chosen = next((take for take in usable if take.number == rule), None)
    elif rule is Pick.LONGEST and len(takes) > 1:
        chosen = max(usable, key=_length, default=None) if settled else None
    elif rule is Pick.ASK and len(takes) > 1:
        if settled and usable:
            names = ", ".join(str(take.number) for take in usable)
            made = f"takes {names} are made" if len(usable) > 1 else f"only take {names} is there to pick"
            return Hold(Need.PICK, f"{made}: orchestrate take pick {place}@N", place)
    else:
        chosen = min(usable, key=_age, default=None)
    if chosen is None:
        rejected_all = settled and all(take.rejected for take in takes)
        because = f"every take is rejected: orchestrate take new {place}"
        return Finish(Ending.FAILED, because) if rejected_all else None
    if step.review and wish not in lineage.approved:
        because = f"made, and waits for your look: orchestrate approve {place}"
        return Hold(Need.REVIEW, because, place, chosen.key)
    return chosen


def foreseen(rule: Pick | int, wish: StepKey, keys: Sequence[TakeKey]) -> TakeKey:
    """The take that will be gone on from; where nobody can tell yet, a key of its own for each rule."""
    if len(keys) == 1:
        return keys[0]
    return keys[rule - 1] if isinstance(rule, int) else TakeKey(f"{wish}@{rule}")


def awaited(step: Step, rule: Pick | int | None, lineage: Lineage, wish: Wish, place: Place) -> str | None:
    """The word of a person that will be waited for after this step; no rule where there is one take."""
    if rule is Pick.ASK:
        return word_of(Need.PICK, place)
    return word_of(Need.REVIEW, place) if step.review and wish not in lineage.approved else None


def word_of(need: Need, place: Place) -> str:
    """What everything beyond waits for, as people read it."""
    return f"{'a pick' if need is Need.PICK else 'an approval'} of {place}"


def leading(takes: tuple[TakeView, ...], rule: Pick | int) -> frozenset[int]:
    """The numbers of the takes of a step, of which there are several, that the chain waits for."""
    if isinstance(rule, int):
        return frozenset((rule,))
    if rule is not Pick.FIRST:
        return frozenset(take.number for take in takes)
    if any(take.video is not None and not take.rejected for take in takes):
        return frozenset()
    hopes = [take for take in takes if not take.settled and not take.rejected]
    running = [take.number for take in hopes if take.state.open]
    return frozenset(running or [take.number for take in hopes[:1]])


def _length(take: TakeView) -> tuple[object, int]:
    assert take.video is not None
    return take.video.length or 0, -take.number


def _age(take: TakeView) -> tuple[object, int]:
    assert take.video is not None
    return take.video.at, take.number

"""A person's choices about a step, as facts: picked, wanted, rejected, approved; or why they cannot be."""

from __future__ import annotations

from orchestrator.cli.reading import Known, read
from orchestrator.errors import PlanError
from orchestrator.facts import PersonFact, StepApproved, TakePicked, TakeRejected, TakeWanted
from orchestrator.planner import TakeView
from orchestrator.report import Meant, find_step
from orchestrator.store import find_home


def asked(step: str, state: str | None) -> tuple[Known, Meant]:
    """The journal, and the step in it that a person speaks of."""
    known = read(find_home(state))
    return known, find_step(step, known.lineage, known.views)


def picking(known: Known, meant: Meant, text: str) -> tuple[PersonFact, ...]:
    """The chain goes on from this take: PlanError unless it is made."""
    take = named(meant, text)
    if take.video is None:
        raise PlanError(f"{take.place} is not made yet: orchestrate take list {meant.step.place}")
    return (TakePicked(known.now, *meant.wish, take.number),)


def wanting(known: Known, meant: Meant) -> tuple[PersonFact, ...]:
    """One take more than there are."""
    return (TakeWanted(known.now, *meant.wish, len(meant.step.takes) + 1),)


def rejecting(known: Known, meant: Meant, text: str, *, another: bool) -> tuple[PersonFact, ...]:
    """The take is not gone on from; `another` asks for one in its place."""
    take = named(meant, text)
    if take.rejected:
        raise PlanError(f"{take.place} is rejected already.")
    fact = TakeRejected(known.now, *meant.wish, take.number)
    return (fact, *wanting(known, meant)) if another else (fact,)


def approving(known: Known, meant: Meant) -> tuple[PersonFact, ...]:
    """The chain goes on after the step: PlanError where the plan does not ask for that, or not yet."""
    step = meant.step
    plan = [view for view in known.views if view.plan == meant.chain.plan]
    if not step.step.review and all(view.chain.drift_stop is None for view in plan):
        raise PlanError(
            f"{step.place} waits for no approval: the plan does not say review: true there, nor drift."
        )
    if meant.wish in known.lineage.approved:
        raise PlanError(f"{step.place} is approved already.")
    if all(take.video is None or take.rejected for take in step.takes):
        raise PlanError(f"{step.place} is not made yet: orchestrate take list {step.place}")
    return (StepApproved(known.now, *meant.wish),)


def named(meant: Meant, text: str) -> TakeView:
    """The take that was named, else the one that is looked at, picked, or the only one."""
    if meant.take is not None:
        return meant.take
    numbers = ", ".join(f"@{take.number}" for take in meant.step.takes)
    if meant.number is not None:
        raise PlanError(f"{text}: there is no such take; there are {numbers}")
    candidates = _candidates(meant)
    if len(candidates) != 1:
        raise PlanError(f"{text}: say which take: {numbers} (orchestrate take list {text} shows them)")
    return candidates[0]


def _candidates(meant: Meant) -> list[TakeView]:
    if meant.hold is not None and meant.hold.take is not None:
        return [take for take in meant.step.takes if take.key == meant.hold.take]
    if meant.step.picked is not None:
        return [meant.step.picked]
    return [take for take in meant.step.takes if not take.rejected]

"""Counts a take that the planner has reached: what it calls for, and how long until it is made."""

from __future__ import annotations

from orchestrator.plan import Chain, Kind
from orchestrator.planner.actions import Finish, Hold, Keep, Measure, Reconcile, Submit, Wait, Watch
from orchestrator.planner.changes import NEW, Asked
from orchestrator.planner.foreseen import Bill, Fate, Range
from orchestrator.planner.fronts import Shared
from orchestrator.planner.tallying import Tally
from orchestrator.planner.views import StepView, TakeView


def counted(shared: Shared, chain: Chain, tally: Tally, take: TakeView) -> Range[float] | None:
    """Count a take; the seconds until it is made, None when it is not being made."""
    match take.next:
        case None:
            tally.exists()
        case Submit() as submit:
            return _submit(shared, chain, tally, submit)
        case Watch(attempt=attempt):
            again = Bill(1, attempt.begun.units, attempt.begun.cost).times(tally.tries - 1)
            tally.runs("in the air", Bill(), again)
            age = (shared.now - (attempt.tasked_at or attempt.begun.at)).total_seconds()
            return shared.remaining(attempt.begun.kind, age)
        case Reconcile(begun=begun, because=because):
            price = Bill(1, begun.units, begun.cost)
            tally.runs(because, price, price.times(tally.tries))
            return Range(0.0, shared.durations[begun.kind].high)
        case Hold(because=because):
            tally.note(Fate.BLOCKED, because)
        case Finish(because=because):
            tally.note(Fate.LEFT, because)
        case Measure(then=submit, because=because):
            # It is made unless what is found out first holds it.
            price = Bill(1, submit.units, submit.cost)
            tally.runs(because, price, price.times(tally.tries))
            return Range(0.0, shared.durations[submit.kind].high)
        case Wait(because=because) | Keep(because=because):
            return _after_file(shared, tally, take, because)
        case _:
            raise AssertionError("nothing else is next for a take")
    return None


def kind_of(view: StepView) -> Kind:
    """What its takes are made by, or are to be."""
    for take in view.takes:
        if take.video is not None and take.video.kind is not None:
            return take.video.kind
        if take.state.last is not None:
            return take.state.last.begun.kind
        if isinstance(take.next, Submit):
            return take.next.kind
        if isinstance(take.next, Measure):
            return take.next.then.kind
        if isinstance(take.next, Wait | Keep):
            return Kind.IMAGE  # only a last frame waits for a file
    return Kind.EXTEND


def _submit(shared: Shared, chain: Chain, tally: Tally, submit: Submit) -> Range[float]:
    other = shared.taken(submit.take, submit.place, None)
    if other is not None:
        tally.is_shared(other)
        return shared.ready[submit.take]
    price = Bill(1, submit.units, submit.cost)
    worst = price if submit.kind is not Kind.EXTEND else shared.worst(price, submit.wish)
    tally.calls(Fate.NEW, _why(shared, chain, submit), price, price, worst)
    took = shared.durations[submit.kind]
    shared.counted[submit.take], shared.ready[submit.take] = submit.place, took
    shared.toil(took.low, took.high)
    return took


def _after_file(shared: Shared, tally: Tally, take: TakeView, because: str) -> Range[float]:
    """Its parent's file is fetched first, and then it goes on from the last frame."""
    took = shared.durations[Kind.IMAGE]
    if (other := shared.taken(take.key, take.place, None)) is not None:
        tally.is_shared(other)
        return shared.ready[take.key]
    price = shared.price(Kind.IMAGE, (None, None), tally.step)
    tally.calls(Fate.NEW, because, price, price, price)
    shared.counted[take.key], shared.ready[take.key] = take.place, took
    shared.toil(took.low, took.high)
    return took


def _why(shared: Shared, chain: Chain, submit: Submit) -> str:
    """The planner's reason; where that is only that nothing was begun, what changed since."""
    if submit.because != NEW:
        return submit.because
    parent = submit.parent.take if submit.parent else None
    asked = Asked(submit.step, parent, submit.wish, submit.generation)
    return shared.past.why(chain, submit.place, asked)

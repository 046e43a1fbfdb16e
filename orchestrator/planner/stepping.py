"""What is next for one step: each take wanted, what bars it, and what it would cost."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.budget import allowances, shortfall, units_of
from orchestrator.facts import AttemptDeclined
from orchestrator.identity import StepKey, TakeKey, generation_key, step_key, take_key
from orchestrator.lineage import Take, Video
from orchestrator.plan import Generation, Kind, Step
from orchestrator.planner.actions import Action, Finish, Hold, Need, Place, Submit
from orchestrator.planner.continuing import bar, onward
from orchestrator.planner.drifting import drifted
from orchestrator.planner.known import Known, Wanted
from orchestrator.planner.picking import choose, leading, rule_of, wanted_takes
from orchestrator.planner.taking import Clear, moderated, tend, untaken
from orchestrator.planner.views import StepView, TakeView


def step_view(known: Known, wanted: Wanted) -> tuple[StepView, tuple[Action, ...]]:
    """The step's takes, the picked one among them, and what is next for it, most important first."""
    name = (known.chain.name, wanted.index, wanted.repeat)
    remembered = known.memory.recall(name, known.lineage, wanted.parent)
    if remembered is not None:
        known.consulted.extend(remembered.keys)
        return remembered.view, ()
    before = len(known.consulted)
    view, following = _worked_out(known, wanted)
    known.memory.keep(name, known.lineage, view, known.consulted[before:])
    return view, following


def _worked_out(known: Known, wanted: Wanted) -> tuple[StepView, tuple[Action, ...]]:
    step, parent = wanted.step, wanted.parent
    if parent is not None and (way := onward(known, parent, step)) != wanted.onward:
        wanted = replace(wanted, onward=way)
    place = place_in(known, wanted)
    wish = _key(known, wanted, step.prompt)
    name = (known.plan.name, known.chain.name, wish)
    number = wanted_takes(step, known.lineage, name)
    places = (place,) if number == 1 else tuple(replace(place, take=each + 1) for each in range(number))
    takes = tuple(_take_view(known, wanted, here, wish, each) for each, here in enumerate(places, 1))
    if number > 1:
        takes = _ordered(known, wanted, takes, leading(takes, rule_of(step, known.lineage, name)))
    chosen = choose(step, takes, known.lineage, name, place)
    # What stands before all takes of a step is said once.
    following = tuple(
        dict.fromkeys(each.next for each in takes if each.next is not None and not each.rejected)
    )
    if isinstance(chosen, TakeView):
        return StepView(place, step, wish, parent, takes, chosen), following
    return StepView(place, step, wish, parent, takes, None), (*following, chosen) if chosen else following


def _ordered(
    known: Known, wanted: Wanted, takes: tuple[TakeView, ...], leads: frozenset[int]
) -> tuple[TakeView, ...]:
    """The takes; less urgent are those that nothing waits for: not the chain, nor one grown out of them."""
    chain, step = known.chain.name, wanted.step.id
    alone = known.level_of(wanted.index, wanted.repeat, wanted.parent).alone
    return tuple(
        take
        if take.number in leads
        or not isinstance(take.next, Submit)
        or (chain, step, take.number) in known.named
        else replace(take, next=replace(take.next, level=alone))
        for take in takes
    )


def place_in(known: Known, wanted: Wanted) -> Place:
    """Where in the plan the step stands."""
    repeat = None if wanted.step.repeat == 1 else wanted.repeat
    return Place(known.plan.name, known.chain.name, wanted.step.id, repeat)


def _take_view(known: Known, wanted: Wanted, place: Place, wish: StepKey, number: int) -> TakeView:
    tried: list[TakeKey] = []
    for prompt in wanted.step.prompts:
        key = wish if prompt == wanted.step.prompt else _key(known, wanted, prompt)
        take = known.lineage.take(take_key(key, number))
        known.consulted.append(take.key)
        if not moderated(take):
            break
        tried.append(take.key)
    view = TakeView(
        place=place,
        key=take.key,
        step=key,
        number=number,
        prompt=prompt,
        state=take,
        next=None,
        rejected=(known.plan.name, known.chain.name, wish, number) in known.lineage.rejected,
        tried=tuple(each for each in tried if each != take.key),
    )
    return view if take.video is not None else replace(view, next=_next(known, wanted, view))


def _next(known: Known, wanted: Wanted, view: TakeView) -> Action:
    take = view.state
    if take.open:
        return tend(known.lineage, known.plan.provider, take, known.now, known.run)[0]
    clear = untaken(take, wanted.step.attempts, known.run, _line(known, wanted.step))
    if isinstance(clear, Finish):
        return clear
    if view.tried and clear.number == 1:
        clear = Clear(1, f"moderation refused what was asked for before it: {_refused(known, view)}")
    elif wanted.onward.because and clear.number == 1:
        clear = Clear(1, f"goes on from the last frame, for {wanted.onward.because}")
    barred = _barred(known, wanted, view, take)
    if barred is not None:
        return barred
    submit = _submit(known, wanted, view, clear)
    return drifted(known.chain, known.lineage, wanted, submit) or _affordable(known, submit)


def _refused(known: Known, view: TakeView) -> str:
    attempts = [known.lineage.take(key).attempts[-1].begun for key in view.tried]
    return ", ".join(begun.prompt or "no prompt" for begun in attempts)


def _barred(known: Known, wanted: Wanted, view: TakeView, take: Take) -> Action | None:
    stopped = known.lineage.stopped_accounts.get(known.plan.provider.account)
    if stopped is not None and stopped.position > known.run.began:
        assert isinstance(stopped.fact, AttemptDeclined)
        return Hold(Need(stopped.fact.reason.value), stopped.fact.message, view.place, take.key)
    return None if wanted.parent is None else bar(known, wanted.parent, wanted.onward.kind)


def _submit(known: Known, wanted: Wanted, view: TakeView, clear: Clear) -> Submit:
    parent, source = wanted.parent, known.chain.source
    generation = source if parent is None and isinstance(source, Generation) else None
    kind = generation.kind if generation else wanted.onward.kind
    # Model and mode of an extension are those of its source (protocol page, §2).
    made = generation or (parent if kind is Kind.EXTEND else wanted.step.continuation)
    assert made is not None, "a step grows out of a video, or generates one"
    duration = None if isinstance(made, Video) else made.duration
    return Submit(
        take=view.key,
        number=clear.number,
        step=view.step,
        take_number=view.number,
        place=view.place,
        wish=wanted.step,
        prompt=view.prompt,
        because=clear.because,
        parent=parent,
        generation=generation,
        kind=kind,
        units=units_of(kind, made.model_name, made.mode, duration),
        cost=known.plan.prices.of(kind),
        level=known.level_of(wanted.index, wanted.repeat, parent).line,
    )


def _affordable(known: Known, submit: Submit) -> Submit | Hold:
    for allowance in allowances(known.plan, known.chain, known.run.id, known.run.limits):
        because = shortfall(allowance, known.ledger.spent(allowance), submit.units, submit.cost)
        if because is not None:
            return Hold(Need.BUDGET, because, submit.place, submit.take)
    return submit


def _key(known: Known, wanted: Wanted, prompt: str | None) -> StepKey:
    if wanted.parent is not None:
        return step_key(wanted.parent.take, wanted.onward.kind, wanted.step, prompt)
    assert isinstance(known.chain.source, Generation)
    return generation_key(known.plan.provider.account, known.chain.source, prompt)


def _line(known: Known, step: Step) -> str:
    path = known.plan.path or known.plan.name
    place = step.position
    return path if place is None else f"{place.path or path}:{place.line}"

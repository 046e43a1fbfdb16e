"""A forecast as text and as JSON: every step with what becomes of it and why, and what it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from orchestrator.plan import CAP, FILL, By, Generation, Plan, Step
from orchestrator.planner import Bill, ChainForecast, Fate, Forecast, Range, StepForecast
from orchestrator.report.amounts import bills, plural, spent_text
from orchestrator.report.machine import plain
from orchestrator.report.text import clean, cut, pad, width, wrapped
from orchestrator.report.times import film, film_range, span_range

_MANY = 6
"""Steps in a row with the same fate that are still shown one by one."""

_WIDEST = 100
"""The eye loses a line that is longer."""

_PLAIN = {"made already", "new", "once the step before is made", "in the air"}
"""Reasons that the word for the fate says already."""

_INDENT = "  "


def forecast_text(forecast: Forecast, columns: int = 80) -> str:
    """A whole plan; nothing in it is wider than `columns` cells."""
    plan, columns = forecast.plan, min(columns, _WIDEST)
    slots = plural(plan.provider.concurrency, "slot")
    lines = [cut(f"{plan.name} on {plan.provider.account} with {slots}", columns)]
    lines += [line for note in plan.notes for line in _hung("note: ", note, columns)]
    for chain in forecast.chains:
        lines += ["", *_chain(chain, forecast, columns)]
    return "\n".join([*lines, "", *_totals(forecast, columns)])


def _totals(forecast: Forecast, columns: int) -> list[str]:
    plan, currency = forecast.plan, forecast.plan.prices.currency
    if forecast.high.calls == 0:
        lines = ["Nothing would be submitted" + (" now." if forecast.after.high else ".")]
    else:
        time = f" · {span_range(forecast.seconds)}" if forecast.seconds.high > 0 else ""
        lines = _hung("Next: ", bills(forecast.low, forecast.high, currency) + time, columns)
    ceiling = forecast.ceiling
    if ceiling.most(forecast.high) != forecast.high:
        why = "if every try fails and is paid" + (
            ", or extending is refused" if _may_be_refused(plan) else ""
        )
        lines += _hung("At most: ", f"{bills(ceiling, ceiling, currency)}, {why}", columns)
    if forecast.after.high:
        lines += _hung("Later: ", f"{_calls(forecast.after)} once a person has picked or approved", columns)
    for stop in forecast.stops:
        lines += _hung("Budget: ", stop, columns)
    if forecast.spent.calls:
        lines += _hung("So far: ", spent_text(forecast.spent, currency), columns)
    if forecast.beside:
        kept = plural(forecast.beside, "video")
        lines += _hung("Beside: ", f"{kept} of before, kept, and used again where they fit", columns)
    return lines


def _may_be_refused(plan: Plan) -> bool:
    """Whether images would be paid for in place of extensions that the provider does not make."""
    return any(step.continuation.by is By.AUTO for chain in plan.chains for step in chain.steps)


def _chain(chain: ChainForecast, forecast: Forecast, columns: int) -> list[str]:
    now, end = film(chain.view.length), film_range(chain.length)
    parts = [end if chain.view.length is None or now == end else f"{now} → {end}"]
    if chain.high.calls:
        parts += [
            bills(chain.low, chain.high, forecast.plan.prices.currency, brief=True),
            span_range(chain.seconds),
        ]
    else:
        parts.append(chain.view.standing[0])
    lines = _hung(f"{chain.name}  ", " · ".join(parts), columns)
    if chain.high.calls == 0:
        lines += _hung(_INDENT, chain.view.standing[1], columns)
    if chain.segments.high > 1:
        lines += _hung(_INDENT, _segments(chain), columns)
    stop = chain.view.chain.drift_stop
    if stop is not None and chain.high.calls:
        lines += _hung(_INDENT, f"held before a paid step once its look has drifted beyond {stop}", columns)
    names = min(16, max([width(step.place.step) for step in chain.steps], default=0))
    for (fate, because), alike in groupby(chain.steps, key=lambda step: (step.fate, step.because)):
        lines += _steps(list(alike), _wishes(chain), names, columns)
        said = because in _PLAIN or fate is Fate.SHARED
        if not said and (chain.high.calls or because != chain.view.standing[1]):
            lines += _hung(f"{_INDENT}{' ' * names}  ", because, columns)
    return lines


def _segments(chain: ChainForecast) -> str:
    """That a film is joined of several files, and where it goes on by frame."""
    low, high = chain.segments.low, chain.segments.high
    count = f"{low} segments" if low == high else f"{low}–{high} segments"
    return f"{count}, each beyond the first from the last frame of the one before, an image call"


def _wishes(chain: ChainForecast) -> dict[str, Step]:
    source, steps = chain.view.chain.source, chain.view.chain.steps
    generated = {source.step.id: source.step} if isinstance(source, Generation) else {}
    return generated | {step.id: step for step in steps}


def _steps(alike: Sequence[StepForecast], wishes: dict[str, Step], names: int, columns: int) -> list[str]:
    shown = list(alike) if len(alike) <= _MANY else [*alike[:2], alike[-1]]
    lines = []
    for step in shown:
        if step is alike[-1] and len(shown) < len(alike):
            lines.append(f"{_INDENT}{pad('…', names)}  {len(alike) - len(shown)} more like these")
        lines.append(_step(step, wishes[step.place.step], names, columns))
    return lines


def _step(step: StepForecast, wish: Step, names: int, columns: int) -> str:
    head = f"{_INDENT}{pad(clean(step.place.step), names)}  {pad(step.fate.value, 9)}  "
    parts = [step.because.removeprefix("shared ")] if step.fate is Fate.SHARED else []
    if step.takes > 1:
        parts.append(f"{step.takes} takes")
    if wish.repeat == FILL:
        parts.append("fill")
    elif wish.repeat > 1:
        parts.append(f"{wish.repeat} times")
    if step.frames.high:
        low, high = step.frames.low, step.frames.high
        count = f"{high} " if low == high else f"{low}–{high} "
        parts.append(f"{'' if step.times == step.frames == Range(1, 1) else count}by frame")
    if step.made and (step.made > 1 or step.fate is not Fate.REUSED):
        parts.append(f"{step.made} made")
    calls = Range(step.low.calls, step.high.calls).plus(step.after)
    if calls.high:
        parts.append(_calls(calls))
    tail = " · ".join(parts)
    prompt = clean(step.prompt or "(no prompt)")
    room = columns - width(head) - (width(tail) + 2 if tail else 0)
    return f"{head}{pad(prompt, room) if tail else cut(prompt, room)}  {tail}".rstrip()


def _calls(calls: Range[int]) -> str:
    if calls.low == calls.high:
        return plural(calls.low, "call")
    return f"{calls.low}–{calls.high} calls"


def _hung(head: str, text: str, columns: int) -> list[str]:
    """Text broken into lines, each beyond the first indented to where the text begins."""
    head = clean(head) + " " * (len(head) - len(head.rstrip())) if head.strip() else head
    lines = wrapped(text, max(20, columns - width(head)))
    return [(head if index == 0 else " " * width(head)) + line for index, line in enumerate(lines)]


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """The same as values; `None` is unknown."""
    return {
        "plan": forecast.plan.name,
        "path": forecast.plan.path,
        "account": forecast.plan.provider.account,
        "slots": forecast.plan.provider.concurrency,
        "currency": forecast.plan.prices.currency,
        "notes": list(forecast.plan.notes),
        "next": _bills_json(forecast.low, forecast.high),
        "at_most": plain(forecast.ceiling),
        "later_calls": plain(forecast.after),
        "seconds": plain(forecast.seconds),
        "spent": plain(forecast.spent),
        "budget": list(forecast.stops),
        "beside": forecast.beside,
        "cap": str(CAP),
        "chains": [_chain_json(chain) for chain in forecast.chains],
    }


def _chain_json(chain: ChainForecast) -> dict[str, Any]:
    state, because = chain.view.standing
    return {
        "chain": chain.name,
        "state": state,
        "because": because,
        "length_now": plain(chain.view.length),
        "length": plain(chain.length),
        "segments": plain(chain.segments),
        "next": _bills_json(chain.low, chain.high),
        "at_most": plain(chain.most),
        "later_calls": plain(chain.after),
        "waits_for": chain.gate,
        "seconds": plain(chain.seconds),
        "steps": [_step_json(step) for step in chain.steps],
    }


def _step_json(step: StepForecast) -> dict[str, Any]:
    return {
        "place": str(step.place),
        "prompt": step.prompt,
        "state": step.fate.value,
        "because": step.because,
        "takes": step.takes,
        "made": step.made,
        "in_the_air": step.running,
        "shared": step.shared,
        "by_frame": plain(step.frames),
        "next": _bills_json(step.low, step.high),
        "later_calls": plain(step.after),
    }


def _bills_json(low: Bill, high: Bill) -> dict[str, Any]:
    return {
        name: {"low": plain(getattr(low, name)), "high": plain(getattr(high, name))}
        for name in ("calls", "units", "cost")
    }

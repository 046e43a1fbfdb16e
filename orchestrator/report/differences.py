"""Where two films or two plans part, and what their prompts change word by word."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from orchestrator.identity import TakeKey
from orchestrator.plan import Branch, Chain, Existing, Grown, Plan, Source, Step
from orchestrator.report.amounts import plural
from orchestrator.report.paths import Scene, minute
from orchestrator.report.text import clean, wrapped
from orchestrator.report.wording import changes, marked


@dataclass(frozen=True, slots=True)
class Line:
    """One step as it is compared: `identity` decides whether two are the same."""

    name: str
    prompt: str
    settings: tuple[tuple[str, str], ...]
    identity: Hashable


@dataclass(frozen=True, slots=True)
class Change:
    """A step that differs: None where one side has no counterpart."""

    before: Line | None
    after: Line | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sequences of steps: what both begin with, and every step in which they differ after that."""

    title: str
    shared: int
    parting: str
    changes: tuple[Change, ...]


def film_difference(first: tuple[Scene, ...], second: tuple[Scene, ...]) -> Difference:
    """Two takes: they share what is the very same video, and part where their keys do."""
    shared = _shared([each.key for each in first], [each.key for each in second])
    parting = "they have nothing in common"
    if shared:
        last = first[shared - 1]
        parting = f"the same film until {minute(last.ends)}, {clean(last.name)}"
    title = f"{clean(first[-1].name)} → {clean(second[-1].name)}"
    pairs = zip_longest(map(_of_scene, first[shared:]), map(_of_scene, second[shared:]))
    return Difference(title, shared, parting, tuple(Change(a, b) for a, b in pairs))


def plan_difference(first: Plan, second: Plan) -> tuple[Difference, ...]:
    """Two plans, chain by chain as named; a chain that only one has differs in all its steps."""
    names = dict.fromkeys(chain.name for plan in (first, second) for chain in plan.chains)
    return tuple(_chains(name, _lines(first, name), _lines(second, name)) for name in names)


def difference_text(found: Sequence[Difference], columns: int = 80) -> str:
    """As `git diff --word-diff` marks it: `[-gone-]{+new+}`; an empty list of changes says so."""
    return "\n\n".join(_block(each, columns) for each in found)


def difference_json(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The same for machines; `words` is the way from the old prompt to the new one."""
    return [
        {
            "title": each.title,
            "shared_steps": each.shared,
            "parting": each.parting,
            "changes": [_change_json(change) for change in each.changes],
        }
        for each in found
    ]


def _chains(name: str, before: list[Line], after: list[Line]) -> Difference:
    keys = [line.identity for line in before], [line.identity for line in after]
    shared = _shared(*keys)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [Change(x, y) for x, y in zip_longest(before[a:b], after[c:d])]
    parting = f"the same for {plural(shared, 'step')}" if shared else "different from the source on"
    return Difference(clean(name), shared, parting, tuple(found))


def _shared(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(first), len(second)))


def _of_scene(scene: Scene) -> Line:
    settings = {"negative prompt": scene.negative_prompt, "cfg scale": scene.cfg_scale}
    return Line(f"{minute(scene.begins)} {scene.name}", scene.title, _told(settings), TakeKey(scene.key))


def _lines(plan: Plan, name: str) -> list[Line]:
    chain: Chain | None = next((each for each in plan.chains if each.name == name), None)
    if chain is None:
        return []
    return [_of_source(chain.source), *map(_of_step, chain.steps)]


def _of_source(source: Source) -> Line:
    match source:
        case Existing():
            text = f"video {source.video_id}"
        case Grown():
            text = f"grows from {source.node}"
        case Branch():
            at = f".{source.step}" if source.step else ""
            text = f"grows from {source.chain}{at}" + (f"@{source.take}" if source.take else "")
        case _:
            return _of_step(source.step)
    return Line("source", text, (), text)


def _of_step(step: Step) -> Line:
    settings = {
        "negative prompt": step.negative_prompt,
        "cfg scale": step.cfg_scale,
        "repeat": None if step.repeat == 1 else step.repeat,
        "takes": None if step.takes == 1 else step.takes,
        "fallbacks": " | ".join(step.fallbacks) or None,
    }
    told = _told(settings)
    return Line(step.id, step.prompt or "(no prompt)", told, (step.prompt, told))


def _told(settings: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in settings.items() if value is not None)


def _block(each: Difference, columns: int) -> str:
    lines = [f"{each.title}: {each.parting}"]
    for change in each.changes:
        lines += ["", f"  {_heading(change)}"]
        lines += [f"    {line}" for line in wrapped(_prompts(change), max(20, columns - 4))]
        lines += [f"    {line}" for line in _settings(change)]
    return "\n".join(lines if each.changes else [f"{lines[0]}, with no difference"])


def _heading(change: Change) -> str:
    before, after = change.before, change.after
    if before is None or after is None:
        only = before or after
        assert only is not None
        return f"{clean(only.name)}  only in the {'first' if before else 'second'}"
    names = dict.fromkeys((clean(before.name), clean(after.name)))
    return " → ".join(names)


def _prompts(change: Change) -> str:
    if change.before is None or change.after is None:
        only = change.before or change.after
        return only.prompt if only else ""
    return marked(changes(change.before.prompt, change.after.prompt))


def _settings(change: Change) -> list[str]:
    if change.before is None or change.after is None:
        return []
    before, after = dict(change.before.settings), dict(change.after.settings)
    return [
        clean(f"{name}: {before.get(name, 'none')} → {after.get(name, 'none')}")
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _change_json(change: Change) -> dict[str, Any]:
    pieces = changes(change.before.prompt, change.after.prompt) if change.before and change.after else ()
    return {
        side: None if line is None else {"name": line.name, "prompt": line.prompt, **dict(line.settings)}
        for side, line in (("before", change.before), ("after", change.after))
    } | {"words": [[piece.kind, piece.text] for piece in pieces]}

"""The rules between parts of a plan: names, order, takes, branches, and what a model takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from orchestrator.plan import CAP
from orchestrator.planfile.continuing import goes_by_frame
from orchestrator.planfile.families import takes_only_prompts
from orchestrator.planfile.nodes import Fields, Findings, Items, Node, Scalar
from orchestrator.planfile.outline import ChainOutline, StepOutline, lineage, single
from orchestrator.planfile.problems import short
from orchestrator.planfile.terms import LENGTH, TAKES, Name, Reference, unfit
from orchestrator.planfile.values import nearest, reading

Chains = Mapping[str, ChainOutline]


def check(root: Node, chains: Chains, models: Mapping[str, str | None], findings: Findings) -> None:
    """Note everything in which the parts of the plan do not fit one another."""
    for chain in chains.values():
        if findings.full:
            return
        _check_name(chain, findings)
        _check_ids(chain, findings)
        _check_fill(chain, findings)
        _check_until(chain, root, findings)
        for step in _every_step(chain):
            _check_pick(step, root, findings)
            _check_fallbacks(step, findings)
        _check_model(chain, models[chain.name], findings)
        _check_branch(chain, chains, findings)
    _check_cycles(chains, findings)


def _every_step(chain: ChainOutline) -> tuple[StepOutline, ...]:
    """The steps in order, step 0 of a generated source included."""
    return (*((chain.generated,) if chain.generated else ()), *chain.steps)


def _check_name(chain: ChainOutline, findings: Findings) -> None:
    where = ("chains", chain.name)
    if not isinstance(chain.key.value, str):
        word = short(chain.name)
        message = f'YAML reads a bare {word or "nothing"} as {reading(chain.key)}, quote it: "{word}"'
        findings.add(chain.key.at, where, message)
    elif why := unfit(chain.name):
        findings.add(chain.key.at, where, f"this name {why}, write {Name().wants}")


def _check_ids(chain: ChainOutline, findings: Findings) -> None:
    first: dict[str, StepOutline] = {}
    for step in _every_step(chain):
        given = step.given("id")
        if step.id in first and given is not None:
            line = findings.line(first[step.id].node.at)
            message = f"{short(step.id)} is the step in line {line} already, write another id"
            findings.add(given.at, (*step.where, "id"), message)
        first.setdefault(step.id, step)


def _check_fill(chain: ChainOutline, findings: Findings) -> None:
    for step in chain.steps[:-1]:
        given = step.given("repeat")
        if step.fills and given is not None:
            message = "fill leaves no room for the steps after it, write a number, or make it the last step"
            findings.add(given.at, (*step.where, "repeat"), message)


def _check_until(chain: ChainOutline, root: Node, findings: Findings) -> None:
    """Beyond the cap only a film goes that may be joined of several segments."""
    given, node = single(chain.node, "until"), chain.node
    until = LENGTH.attempt(given)
    if given is None or until is None or until <= CAP:
        return
    usual = goes_by_frame(node, goes_by_frame(root, otherwise=False))
    if not any(goes_by_frame(step.node, usual) for step in chain.steps):
        message = (
            f"{until} is more than {CAP} s, and the provider extends no video beyond three minutes, "
            "write continue: auto beside it to go on from the last frame, or at most 180"
        )
        findings.add(given.at, ("chains", chain.name, "until"), message)


def _check_pick(step: StepOutline, root: Node, findings: Findings) -> None:
    if step.pick is None or step.pick <= step.takes:
        return
    message = f"take {step.pick} is to be picked of {step.takes}, write takes: {step.pick} or pick another"
    for key in ("pick", "takes"):
        if (given := step.given(key)) is not None:
            findings.add(given.at, (*step.where, key), message)
            return
    defaults = root.get("defaults") if isinstance(root, Fields) else None
    given = single(defaults, "pick")
    if given is not None and given.at not in findings.places:
        findings.add(given.at, ("defaults", "pick"), message)


def _check_fallbacks(step: StepOutline, findings: Findings) -> None:
    fallbacks = step.node.get("fallbacks") if isinstance(step.node, Fields) else None
    prompt = step.given("prompt")
    seen = {prompt.text.strip()} if prompt else set()
    for index, item in enumerate(fallbacks.items if isinstance(fallbacks, Items) else ()):
        if not isinstance(item, Scalar):
            continue
        if item.text.strip() in seen:
            message = "this prompt was tried before it, write another or delete it"
            findings.add(item.at, (*step.where, "fallbacks", index), message)
        seen.add(item.text.strip())


def _check_model(chain: ChainOutline, model: str | None, findings: Findings) -> None:
    if not takes_only_prompts(model):
        return
    for step in chain.steps:
        for key in ("negative_prompt", "cfg_scale"):
            given = step.given(key)
            if given is not None and given.value not in {"", None}:
                message = f"extensions of {model} videos do not take it, delete it here"
                findings.add(given.at, (*step.where, key), message)


def _check_branch(chain: ChainOutline, chains: Chains, findings: Findings) -> None:
    given = single(chain.source, "chain")
    if chain.parent is None or given is None:
        return
    where = ("chains", chain.name, "source")
    parent = chains.get(chain.parent)
    if parent is None:
        hint = _did_you_mean(chain.parent, chains)
        findings.add(given.at, (*where, "chain"), f"there is no chain {short(chain.parent)}, {hint}")
        return
    step = _branch_step(chain, parent, findings)
    take = single(chain.source, "take")
    number = TAKES.attempt(take)
    if step is not None and take is not None and number is not None and number > step.takes:
        message = f"step {short(step.id)} of {short(parent.name)} has takes: {step.takes}, write one of them"
        findings.add(take.at, (*where, "take"), message)


def _branch_step(chain: ChainOutline, parent: ChainOutline, findings: Findings) -> StepOutline | None:
    """The step a chain branches from, its parent's last by default; None when there is none."""
    given = single(chain.source, "step")
    wanted = Reference().attempt(given)
    if wanted is None:
        return parent.tip if given is None else None
    found = parent.by_id.get(wanted)
    if found is None and given is not None:
        hint = _did_you_mean(wanted, parent.by_id)
        message = f"chain {short(parent.name)} has no step {short(wanted)}, {hint}"
        findings.add(given.at, ("chains", chain.name, "source", "step"), message)
    return found


def _did_you_mean(word: str, names: Iterable[str]) -> str:
    known = list(islice(names, 200))
    if guess := nearest(word, known):
        return f"did you mean {short(guess)}?"
    listed = ", ".join(short(name) for name in known[:5])
    return f"write one of: {listed}{', …' if len(known) > 5 else ''}" if known else "there is none to write"


def _check_cycles(chains: Chains, findings: Findings) -> None:
    done: set[str] = set()
    for name in chains:
        line = lineage(chains, name, done)
        closes = chains[line[-1]].parent if line else None
        if closes in line:
            _note_cycle(line, closes, chains, findings)
        done.update(line)


def _note_cycle(line: list[str], closes: str, chains: Chains, findings: Findings) -> None:
    cycle = [*line[line.index(closes) :], closes]
    shown = [short(name) for name in (cycle if len(cycle) <= 8 else [*cycle[:6], "…", cycle[-1]])]
    first = chains[closes]
    given = single(first.source, "chain")
    assert given is not None
    message = f"chains cannot grow out of one another ({' → '.join(shown)}), give one another source"
    findings.add(given.at, ("chains", first.name, "source", "chain"), message)

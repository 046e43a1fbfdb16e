"""What can be read of a plan's chains even where other parts of it are wrong.

The rules between parts of a plan are checked on this, so that a slip in one step does not hide
the problems of the others.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from orchestrator.plan import FILL
from orchestrator.planfile import sources
from orchestrator.planfile.families import API_DEFAULT
from orchestrator.planfile.nodes import Fields, Items, Node, Scalar, Where
from orchestrator.planfile.terms import MOST_TAKES, TAKES, Choice, Name, Reference
from orchestrator.planfile.values import Text


@dataclass(frozen=True, slots=True)
class StepOutline:
    """A step as far as it can be read; `pick` only where it is a number."""

    id: str
    node: Node
    where: Where
    takes: int
    pick: int | None

    def given(self, key: str) -> Scalar | None:
        """The single value under a key of the step's own, not inherited."""
        return single(self.node, key)

    @property
    def fills(self) -> bool:
        """Whether the step is repeated until the chain is full."""
        given = self.given("repeat")
        return given is not None and given.value == FILL


@dataclass(frozen=True, slots=True)
class ChainOutline:
    """A chain as far as it can be read; `generated` is its step 0, `parent` where it branches from."""

    name: str
    key: Scalar
    node: Node
    source: Fields | None
    generated: StepOutline | None
    steps: tuple[StepOutline, ...]
    model: str | None
    parent: str | None

    by_id: Mapping[str, StepOutline]

    @property
    def tip(self) -> StepOutline | None:
        """The last step, which is step 0 where there is no other."""
        return self.steps[-1] if self.steps else self.generated


def outline(root: Node) -> dict[str, ChainOutline]:
    """The chains of a plan in the order written."""
    defaults = _fields(root, "defaults")
    chains = _fields(root, "chains")
    if chains is None:
        return {}
    return {name: _chain(entry.key, entry.value, defaults) for name, entry in chains.entries.items()}


def root_models(chains: Mapping[str, ChainOutline]) -> dict[str, str | None]:
    """The model of each chain's videos, which is that of the chain it grew out of; None is unknown."""
    known: dict[str, str | None] = {}
    for name in chains:
        # Each chain is walked over once: a plan may branch ten thousand times in a row.
        line = lineage(chains, name, known)
        last = chains[line[-1]] if line else chains[name]
        model_name = known.get(last.parent) if last.parent else last.model
        known.update(dict.fromkeys(line, model_name))
    return known


def lineage(chains: Mapping[str, ChainOutline], name: str, done: Container[str]) -> list[str]:
    """The chain, the one it branches from, and so on, up to a root, a cycle, or one that is done."""
    line: dict[str, None] = {}
    current: str | None = name
    while current is not None and current in chains and current not in line and current not in done:
        line[current] = None
        current = chains[current].parent
    return list(line)


def single(node: Node | None, key: str) -> Scalar | None:
    """The single value under a key of a mapping, if there is one."""
    value = node.get(key) if isinstance(node, Fields) else None
    return value if isinstance(value, Scalar) else None


def _fields(node: Node | None, key: str) -> Fields | None:
    value = node.get(key) if isinstance(node, Fields) else None
    return value if isinstance(value, Fields) else None


def _chain(key: Scalar, node: Node, defaults: Fields | None) -> ChainOutline:
    name = key.text
    source = _fields(node, "source")
    tag = sources.source_tag(None if source is None else source.entries)
    generated = _generated(name, source, tag, defaults)
    steps = _steps(name, node, defaults)
    return ChainOutline(
        name=name,
        key=key,
        node=node,
        source=source,
        generated=generated,
        steps=steps,
        model=_model(source, tag),
        parent=Reference().attempt(single(source, "chain")) if tag == sources.BRANCH else None,
        by_id=_by_id((*((generated,) if generated else ()), *steps)),
    )


def _by_id(steps: tuple[StepOutline, ...]) -> dict[str, StepOutline]:
    """The steps by id, the first of each."""
    found: dict[str, StepOutline] = {}
    for step in steps:
        found.setdefault(step.id, step)
    return found


def _steps(chain: str, node: Node, defaults: Fields | None) -> tuple[StepOutline, ...]:
    steps = node.get("steps") if isinstance(node, Fields) else None
    if not isinstance(steps, Items):
        return ()
    where = ("chains", chain, "steps")
    return tuple(
        _step(item, str(index + 1), (*where, index), defaults) for index, item in enumerate(steps.items)
    )


def _generated(
    name: str, source: Fields | None, tag: str | None, defaults: Fields | None
) -> StepOutline | None:
    if tag not in {sources.TEXT, sources.IMAGE}:
        return None
    key = "text" if tag == sources.TEXT else "image"
    node = _fields(source, key)
    return None if node is None else _step(node, "0", ("chains", name, "source", key), defaults)


def _model(source: Fields | None, tag: str | None) -> str | None:
    """The model of the source's video; None is unknown."""
    if tag == sources.EXISTING:
        named: str | None = Text().attempt(single(source, "model_name"))
        return named
    if tag in {sources.TEXT, sources.IMAGE}:
        node = _fields(source, "text" if tag == sources.TEXT else "image")
        return Text().attempt(single(node, "model_name")) or API_DEFAULT
    return None


def _step(node: Node, number: str, where: Where, defaults: Fields | None) -> StepOutline:
    takes = single(node, "takes") or single(defaults, "takes")
    pick = Choice().attempt(single(node, "pick") or single(defaults, "pick"))
    return StepOutline(
        id=Name(numbers=False).attempt(single(node, "id")) or number,
        node=node,
        where=where,
        # What cannot be read may be any number: no follow-up problems of the first one.
        takes=1 if takes is None else TAKES.attempt(takes) or MOST_TAKES,
        pick=pick if isinstance(pick, int) else None,
    )

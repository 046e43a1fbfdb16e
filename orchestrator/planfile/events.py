"""From the bytes of a plan file to its tree, in one pass that no file can blow up.

Every file ends as a tree or as problems. What is bounded: bytes, depth, and nodes and characters
after aliases are followed; all are checked while the parser goes, so nothing is built first and
measured later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import yaml

from orchestrator.planfile.nodes import Entry, Fields, Findings, Items, Node, Scalar, Texts, Where
from orchestrator.planfile.problems import short
from orchestrator.planfile.scalars import read_bare
from orchestrator.planfile.syntax import explain

MOST_BYTES: Final = 1024 * 1024
DEPTH: Final = 32
NODES: Final = 200_000
CHARACTERS: Final = 16 * MOST_BYTES

# libyaml is twenty times as fast; its events are safe where its constructor is not (it recurses).
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes, path: str) -> tuple[str, Findings]:
    """The text of the plan file, and where its problems go; raises PlanProblems when it is no text."""
    text, flaw = text_of(data)
    findings = Findings(Texts(path, text))
    if len(data) > MOST_BYTES:
        flaw = (0, "the file is larger than 1 MiB, split it into several plans")
    if flaw is not None:
        findings.add(flaw[0], (), flaw[1])
    findings.stop_if_any()
    return text, findings


def text_of(data: bytes) -> tuple[str, tuple[int, str] | None]:
    """The text as far as it can be read, without a byte order mark; and where and why it is none."""
    prefix = _readable_prefix(data)
    text = prefix.removeprefix("\ufeff")
    if data.startswith(_UTF16):
        return text, (0, "the file is not UTF-8 but UTF-16, save it as UTF-8")
    if (size := len(prefix.encode())) != len(data[:MOST_BYTES]):
        return text, (len(text), f"the byte 0x{data[size]:02x} here is not UTF-8, save the file as UTF-8")
    if bad := _FORBIDDEN.search(text):
        code = f"U+{ord(bad.group()):04X}"
        return text, (bad.start(), f"the character {code} cannot stand in a text file, delete it")
    return text, None


def read(text: str, findings: Findings) -> Node | None:
    """The tree of the one document in the text; smaller problems are noted in `findings`.

    None when there is no document. Raises PlanProblems when the text cannot be read further.
    """
    growing = _Growing(findings)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            growing.take(event)
    except yaml.MarkedYAMLError as error:
        at, message = explain(error, text)
        findings.add(min(at, len(text)), (), message)
        findings.stop_if_any()
    return growing.root


def _readable_prefix(data: bytes) -> str:
    try:
        return data[:MOST_BYTES].decode()
    except UnicodeDecodeError as error:
        return data[: error.start].decode()


def _moved(node: Node, at: int) -> Node:
    """The same node, standing where its alias stands."""
    return node._replace(at=at) if isinstance(node, Scalar) else replace(node, at=at)


class _Anchored(NamedTuple):
    """A node with a name, and what each alias of it costs."""

    node: Node
    nodes: int
    characters: int
    height: int


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet, and what was spent before it."""

    at: int
    mapping: bool
    anchor: str | None
    nodes_before: int
    characters_before: int
    height: int = 1
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    expects_value: bool = False
    key: Scalar | None = None

    def where(self) -> Where:
        """The place of what comes next, seen from here."""
        if self.mapping:
            return (self.key.text,) if self.key else ()
        return (len(self.items),)

    def close(self) -> Node:
        return Fields(self.entries, self.at) if self.mapping else Items(self.items, self.at)


class _Growing:
    """The tree so far; each event adds to it."""

    def __init__(self, findings: Findings) -> None:
        self.root: Node | None = None
        self._findings = findings
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._nodes = 0
        self._characters = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        assert event.start_mark is not None
        at = event.start_mark.index
        match event:
            case yaml.ScalarEvent():
                self._add_scalar(event, at)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._enter(event, at)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._leave()
            case yaml.AliasEvent():
                self._follow(event.anchor or "", at)
            case yaml.DocumentStartEvent():
                self._count_documents(at)

    def _count_documents(self, at: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(at, "a second document begins here, write one plan per file")

    def _add_scalar(self, event: yaml.ScalarEvent, at: int) -> None:
        if event.tag is not None:
            self._refuse_tag(event.tag, at)
        text = event.value
        bare = not event.style  # libyaml says "", PyYAML's own parser None
        node = Scalar(text, read_bare(text) if bare else text, at)
        self._spend(1, len(text), at)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, 1, len(text), 0)
        self._put(node)

    def _enter(self, event: yaml.CollectionStartEvent, at: int) -> None:
        if event.tag is not None:
            self._refuse_tag(event.tag, at)
        if len(self._open) >= DEPTH:
            self._findings.add(
                at, (), f"more than {DEPTH} levels are nested here, a plan needs fewer than ten"
            )
            self._findings.stop_if_any()
        if event.anchor:
            self._anchors[event.anchor] = None
        mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(at, mapping, event.anchor, self._nodes, self._characters))
        self._spend(1, 0, at)

    def _leave(self) -> None:
        done = self._open.pop()
        node = done.close()
        if done.anchor:
            nodes, characters = self._nodes - done.nodes_before, self._characters - done.characters_before
            self._anchors[done.anchor] = _Anchored(node, nodes, characters, done.height)
        self._deepen(done.height)
        self._put(node)

    def _follow(self, name: str, at: int) -> None:
        found = self._anchors.get(name)
        if found is None:
            known = "contains itself" if name in self._anchors else f"has no &{short(name)} before it"
            self._findings.add(at, self._where(), f"*{short(name)} {known}, write the value out")
            found = _Anchored(Scalar("", None, at), 1, 0, 0)
        if len(self._open) + found.height > DEPTH:
            self._stop(at, f"*{short(name)} nests more than {DEPTH} levels, write less deep values")
        self._spend(found.nodes, found.characters, at)
        self._deepen(found.height)
        self._put(_moved(found.node, at))

    def _spend(self, nodes: int, characters: int, at: int) -> None:
        self._nodes += nodes
        self._characters += characters
        if self._nodes > NODES:
            self._stop(at, f"with its aliases followed the plan has over {NODES:,} values, split it")
        if self._characters > CHARACTERS:
            self._stop(at, "with its aliases followed the plan has over 16 million characters, split it")

    def _deepen(self, below: int) -> None:
        """Tell the open collection how high what was just put into it is."""
        if self._open:
            self._open[-1].height = max(self._open[-1].height, below + 1)

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if not top.mapping:
            top.items.append(node)
        elif top.expects_value:
            if top.key is not None:
                top.entries[top.key.text] = Entry(top.key, node)
            top.key, top.expects_value = None, False
        else:
            top.key, top.expects_value = self._key(node, top), True

    def _key(self, node: Node, top: _Open) -> Scalar | None:
        """The key of the entry that begins here, or None when the entry is to be left out."""
        if not isinstance(node, Scalar):
            message = "a list or mapping cannot be a key, write a word and a colon"
        elif node.text == "<<":
            message = "merge keys are not read here, write the keys out or use `defaults`"
        elif _FORBIDDEN.search(node.text):
            message = "a key has no control characters, delete them"
        elif node.text in top.entries:
            line = self._findings.line(top.entries[node.text].key.at)
            message = f"written twice, first in line {line}; keep one of the two"
        else:
            return node
        name = (node.text,) if isinstance(node, Scalar) else ()
        self._findings.add(node.at, (*self._where(), *name), message)
        return None

    def _refuse_tag(self, tag: str, at: int) -> None:
        name = short(tag.replace("tag:yaml.org,2002:", "!!"))
        self._findings.add(at, self._where(), f"tags are not read here, delete {name}")

    def _where(self) -> Where:
        return tuple(part for level in self._open for part in level.where())

    def _stop(self, at: int, message: str) -> None:
        self._findings.add(at, self._where(), message)
        self._findings.stop_if_any()

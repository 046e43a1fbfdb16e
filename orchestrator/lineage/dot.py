"""The lineage as a DOT document: a box a video, left to right, with the seconds each step added."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.lettering import label_text
from orchestrator.lineage.nodes import Node, nodes

_HEAD = (
    "digraph lineage {",
    "  rankdir=LR;",
    '  graph [fontname="Noto Sans SC,sans-serif"];',
    '  node [shape=box, style="rounded,filled", fillcolor="#f4f6fa", color="#8a94a6", fontsize=11];',
    '  edge [color="#8a94a6", fontsize=9];',
)


def dot(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> str:
    """A digraph that Graphviz lays out as it is."""
    those = nodes(lineage, only)
    known = {node.key for node in those}
    lines = [f"  {_quoted(node.key)} [label={_quoted(_label(node))}];" for node in those]
    lines += [
        f"  {_quoted(node.parent)} -> {_quoted(node.key)} [label={_quoted(node.gain)}];"
        for node in those
        if node.parent in known
    ]
    return "\n".join([*_HEAD, *lines, "}"])


def _label(node: Node) -> str:
    return "\n".join([*node.lines(every=28, most=6), node.reach])


def _quoted(text: str | None) -> str:
    # `&` because labels know HTML's entities; a backslash because labels have escapes of their own.
    safe = label_text(text or "").replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + safe.replace("\n", "\\n") + '"'

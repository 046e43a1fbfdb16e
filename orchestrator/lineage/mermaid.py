"""The lineage as a mermaid flowchart, its foreign text written in entities only."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.lettering import label_text
from orchestrator.lineage.nodes import Node, nodes

_MOST_EDGES = 500
"""mermaid draws no more unless it is configured otherwise, which a document may not do for itself."""


def mermaid(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> str:
    """A flowchart, left to right; beyond mermaid's own limit a comment says what to do."""
    those = nodes(lineage, only)
    names = {node.key: f"v{index}" for index, node in enumerate(those)}
    lines = [f'  {names[node.key]}["{_label(node)}"]' for node in those]
    edges = [
        f'  {names[node.parent]} -->|"{_entities(node.gain)}"| {names[node.key]}'
        for node in those
        if node.parent in names
    ]
    note = [f"  %% {len(edges)} edges: set maxEdges and maxTextSize in mermaid.initialize, or export less"]
    return "\n".join(["flowchart LR", *(note if len(edges) > _MOST_EDGES else []), *lines, *edges])


def _label(node: Node) -> str:
    return "<br/>".join(_entities(line) for line in [*node.lines(every=28, most=6), node.reach])


def _entities(text: str) -> str:
    # Letters of any script stay readable; everything that mermaid, markdown or HTML could read as theirs
    # is named by its number, with mermaid's own `#35;` in place of HTML's `&#35;`.
    return "".join(
        letter if letter.isalnum() or letter == " " or ord(letter) > 0x2000 else f"#{ord(letter)};"
        for letter in label_text(text)
    )

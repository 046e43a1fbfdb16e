"""Writes the lineage in the formats other programs read: JSON, GraphML, DOT, mermaid, CSV, PROV."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import assert_never

from orchestrator.identity import TakeKey
from orchestrator.lineage.dot import dot
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.graph import graph, node_link
from orchestrator.lineage.lettering import json_of, xml_text
from orchestrator.lineage.mermaid import mermaid
from orchestrator.lineage.prov import prov
from orchestrator.lineage.sheet import csv_table


class Format(StrEnum):
    """What an export can be written as."""

    JSON = "json"
    GRAPHML = "graphml"
    DOT = "dot"
    MERMAID = "mermaid"
    CSV = "csv"
    PROV = "prov"


def exported(lineage: Lineage, form: Format, only: Iterable[TakeKey] | None = None) -> str:
    """The videos, or those among `only`, as a document that can be stored as UTF-8; it ends its last line.

    JSON is networkx's node-link form and PROV is W3C PROV-JSON. Prompts arrive as they are, but for what
    a format has no way to say: GraphML, DOT and mermaid show a control character as its picture (␛).
    """
    wanted = None if only is None else frozenset(only)
    return _writer(form)(lineage, wanted).rstrip("\n") + "\n"


def _writer(form: Format) -> Callable[[Lineage, frozenset[TakeKey] | None], str]:
    match form:
        case Format.JSON:
            return lambda lineage, only: json_of(node_link(lineage, only))
        case Format.GRAPHML:
            return _graphml
        case Format.DOT:
            return dot
        case Format.MERMAID:
            return mermaid
        case Format.CSV:
            return csv_table
        case Format.PROV:
            return lambda lineage, only: json_of(prov(lineage, only))
        case _:
            assert_never(form)


def _graphml(lineage: Lineage, only: frozenset[TakeKey] | None) -> str:
    import networkx

    built = graph(lineage, only)
    for _, attributes in built.nodes(data=True):
        for name, value in attributes.items():
            attributes[name] = xml_text(value) if isinstance(value, str) else value
    out = io.BytesIO()
    # Not `generate_graphml`, which writes every Chinese character as a number.
    networkx.write_graphml_xml(built, out, named_key_ids=True)
    return out.getvalue().decode()

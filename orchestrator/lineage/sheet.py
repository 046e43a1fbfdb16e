"""The lineage as CSV: a row a video, for spreadsheets and data tools."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from orchestrator.identity import TakeKey
from orchestrator.lineage.fold import Lineage
from orchestrator.lineage.graph import ATTRIBUTES, graph
from orchestrator.lineage.lettering import storable


def csv_table(lineage: Lineage, only: Iterable[TakeKey] | None = None) -> str:
    """A header and a row a video, parents before children; what is not known is empty.

    Texts are exact: one that begins with `=` is a formula to a spreadsheet that is not told otherwise.
    """
    built = graph(lineage, only)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("take", "parent", *ATTRIBUTES))
    for key, attributes in built.nodes(data=True):
        parent = lineage.take(key).parent or ""
        values = (attributes.get(name, "") for name in ATTRIBUTES)
        rows.writerow([key, parent, *(storable(v) if isinstance(v, str) else v for v in values)])
    return out.getvalue()

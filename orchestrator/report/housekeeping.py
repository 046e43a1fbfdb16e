"""What keeping house did to the files, or would do: what went, what stays in the way, what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.planner import ChainView
from orchestrator.report.amounts import plural
from orchestrator.report.naming import SHORT, name_of, places_of
from orchestrator.report.text import clean, table


@dataclass(frozen=True, slots=True)
class Swept:
    """What `gc` did; `frees` tells for each file that went how many bytes the disk got back."""

    keeping: str
    dry: bool
    frees: Mapping[TakeKey, int]
    spared: Sequence[TakeKey]
    missing: Sequence[TakeKey]


def swept_text(swept: Swept, lineage: Lineage, views: Sequence[ChainView]) -> str:
    """For people: every file that goes, what stays all the same and why, and the sum."""
    places = places_of(views)
    rows = [
        [clean(name_of(key, lineage, places)), size(frees) if frees else "0 (has another name)", key[:SHORT]]
        for key, frees in swept.frees.items()
    ]
    lines = [f"  {line}" for line in table(rows, right={1})]
    went = "would go, freeing" if swept.dry else "went, freeing"
    files = plural(len(swept.frees), "file")
    lines.append(f"keep {swept.keeping}: {files} {went} {size(sum(swept.frees.values()))}")
    if swept.spared:
        count = plural(len(swept.spared), "file")
        lines.append(
            f"{count} not needed, but past the provider's 30 days or nearly: nothing could bring them back. "
            "--force removes them too"
        )
    if swept.missing:
        count = plural(len(swept.missing), "kept file")
        lines.append(f"not on the disk: {count}; `orchestrate fetch --all` brings back what can be had")
    return "\n".join(lines)


def swept_json(swept: Swept, lineage: Lineage, views: Sequence[ChainView]) -> dict[str, Any]:
    """For machines: the same, sizes in bytes."""
    places = places_of(views)

    def named(keys: Sequence[TakeKey]) -> list[dict[str, Any]]:
        return [{"take": key, "name": name_of(key, lineage, places)} for key in keys]

    gone = [{**each, "frees": swept.frees[each["take"]]} for each in named(tuple(swept.frees))]
    return {
        "keep": swept.keeping,
        "dry_run": swept.dry,
        "frees": sum(swept.frees.values()),
        "dropped": gone,
        "spared": named(swept.spared),
        "missing": named(swept.missing),
    }


def size(count: int) -> str:
    """Bytes as people read them: `12.3 MB`."""
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"

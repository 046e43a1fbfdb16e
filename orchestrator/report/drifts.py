"""How far films have drifted from what they began with: measured when first wanted, then kept; as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from orchestrator.drift import Drift, percent
from orchestrator.errors import MediaError
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, comparison, drift_of
from orchestrator.media import measure
from orchestrator.report.amounts import number
from orchestrator.report.machine import plain

_VERSION = 1
"""Of what is measured and how: what an older one measured is measured anew."""

NOTHING: Mapping[TakeKey, Drift | None] = MappingProxyType({})
"""Nothing is measured."""

_BARS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"


@dataclass(frozen=True, slots=True)
class Drifts:
    """The measurements of one state folder, kept in its `drift/`; calls block: make them beside the loop."""

    state: Path

    def known(self, lineage: Lineage, key: TakeKey) -> Drift | None:
        """What was measured of that take before, if it was; what decided a run comes first."""
        fact = lineage.drifts.get(key)
        decided = drift_of(fact) if fact is not None else None
        return decided or self._read(key)

    def all_known(self, lineage: Lineage) -> dict[TakeKey, dict[str, Any]]:
        """Whatever was measured of any take of this lineage, as JSON."""
        names = {TakeKey(path.stem) for path in self._folder.glob("*.json")} | set(lineage.drifts)
        found = {key: drift_json(self.known(lineage, key)) for key in names if key in lineage.takes}
        return {key: each for key, each in found.items() if each is not None}

    def _read(self, key: TakeKey) -> Drift | None:
        try:
            found = json.loads(self._file(key).read_text("utf-8"))
            if found.pop("version") != _VERSION:
                return None
            seam = found.pop("seam")
            parts = {name: Decimal(each) for name, each in found.items()}
            return Drift(**parts, seam=None if seam is None else Decimal(seam))
        except (OSError, ValueError, ArithmeticError, TypeError, AttributeError, KeyError):
            return None

    def measured(self, lineage: Lineage, key: TakeKey) -> Drift | None:
        """The drift of that take, measured now if need be; None for a root, and where files are not here.

        Once measured, it outlives the files.
        """
        known = self.known(lineage, key)
        wanted = comparison(lineage, key) if known is None else None
        if wanted is None:
            return known
        try:
            found = measure(wanted, self.state)
        except MediaError:
            return None
        self._keep(key, found)
        return found

    @property
    def _folder(self) -> Path:
        return self.state / "drift"

    def _file(self, key: TakeKey) -> Path:
        return self._folder / f"{key}.json"

    def _keep(self, key: TakeKey, found: Drift) -> None:
        file = self._file(key)
        partial = file.with_suffix(".part")
        try:
            file.parent.mkdir(exist_ok=True)
            partial.write_text(json.dumps({"version": _VERSION, **plain(found)}), "utf-8")
            partial.replace(file)
        # A full disk or a folder that is only read costs time, never the answer.
        except OSError:
            with suppress(OSError):
                partial.unlink()


def drift_rows(found: Drift | None, along: Sequence[Drift | None]) -> list[tuple[str, str]]:
    """The number and what it is of, each of the four in percent, and the drift from the first step on."""
    rows = []
    if found is not None:
        rows.append(
            ("drift", f"{number(found.amount)} from its film's first seconds, most in {found.largest}")
        )
        parts = ", ".join(f"{name} {_signed(value)}" for name, value in found.parts.items())
        seam = "" if found.seam is None else f"; seam {number(found.seam)}"
        rows.append(("", parts + seam))
    if sum(each is not None for each in along) > 1:
        rows.append(("drift so far", f"{curve(along)}  (a letter a step, full at 1)"))
    return rows


def curve(along: Sequence[Drift | None]) -> str:
    """A letter a step, the higher the more it has drifted: full from 1 on, a dot where nobody measured."""
    return "".join(_UNKNOWN if each is None else _bar(each.amount) for each in along)


def drift_json(found: Drift | None) -> dict[str, Any] | None:
    """All numbers, exactly, and the drift that they make."""
    return None if found is None else {"amount": str(found.amount), "largest": found.largest, **plain(found)}


def along_json(path: Mapping[TakeKey, Drift | None]) -> list[dict[str, Any]]:
    """The drift of each step on the way, from the first on."""
    return [{"take": key, "amount": None if each is None else str(each.amount)} for key, each in path.items()]


def _bar(amount: Decimal) -> str:
    return _BARS[min(len(_BARS) - 1, int(amount * len(_BARS)))]


def _signed(logarithm: Decimal) -> str:
    found = percent(logarithm)
    return f"{found:+d} %" if found else "as it was"

"""The still frames that go into a page of one file, as data URIs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.report.frames import Frames, Still

POSTERS = 1500
"""Films whose posters go in at most, the newest: a poster weighs about 4 kB."""
WHOLE = 120
"""Films that also bring their last frame and their join."""


def data_uris(frames: Frames, lineage: Lineage) -> dict[str, dict[str, str]]:
    """By take and kind of still; made now where they are not kept yet, left out where there is no film."""
    kept = [key for key, take in lineage.takes.items() if take.video is not None]
    found: dict[str, dict[str, str]] = {}
    for age, key in enumerate(reversed(kept[-POSTERS:])):
        kinds = tuple(Still) if age < WHOLE else (Still.POSTER,)
        stills = dict(_stills(frames, lineage, key, kinds))
        if stills:
            found[key] = stills
    return found


def _stills(
    frames: Frames, lineage: Lineage, key: TakeKey, kinds: tuple[Still, ...]
) -> Iterator[tuple[str, str]]:
    for which in kinds:
        path = frames.still(lineage, key, which)
        if path is not None:
            yield which.value, _data_uri(path)


def _data_uri(path: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"

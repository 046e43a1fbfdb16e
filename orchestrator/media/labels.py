"""Finds the label of made media in an MP4: under its key, or wherever else a provider put it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from orchestrator.media.boxes import C2PA, Box, boxes
from orchestrator.media.errors import broken

LABEL: Final = "AIGC"
"""The metadata key of the label that says: made by a machine (GB 45438-2025)."""

_METADATA: Final = frozenset({"udta", "meta"})
_LONGEST: Final = 65_536
_OBJECT: Final = re.compile(r"\{[^{}]*\}")
_SAYS: Final = frozenset({"Label", "ContentProducer"})


def label_in(metadata: Mapping[str, str], path: Path) -> str | None:
    """The label as it stands in the file; raises BrokenVideoError when that cannot be read."""
    for name, value in metadata.items():
        if name.upper() == LABEL:
            return value
    try:
        with path.open("rb") as file:
            return next(_hidden(file), None)
    except OSError as error:
        raise broken(str(path), error.strerror or "it cannot be read") from error


def _hidden(file: BinaryIO) -> Iterator[str]:
    """Labels in XMP, in boxes of user data, and under keys that are not the standard's."""
    ends = 0
    for box in list(boxes(file)):
        own = box.kind == "uuid" and box.extended != C2PA
        if own or (box.begins < ends and box.kind not in _METADATA):
            yield from _labels(file, box)
        if box.kind in _METADATA:
            ends = max(ends, box.begins + box.size)


def _labels(file: BinaryIO, box: Box) -> Iterator[str]:
    file.seek(box.begins)
    text = html.unescape(file.read(min(box.size, _LONGEST)).decode("utf-8", "replace"))
    for found in _OBJECT.finditer(text):
        if _is_label(found.group()):
            yield found.group()


def _is_label(text: str) -> bool:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and fields.keys() >= _SAYS

"""Walks the boxes of an MP4 within bounds, and tells whether a C2PA manifest is among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from orchestrator.media.errors import broken

C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The extended type of the `uuid` box in which C2PA puts its manifests."""

_CONTAINERS: Final = frozenset({"moov", "udta", "trak", "mdia", "minf", "edts", "moof", "traf", "meta"})
_DEPTH, _MOST = 8, 20_000
_HEAD, _LARGE, _EXTENDED = 8, 16, 16


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four letters, where it begins, its whole size, and the type of a `uuid` box."""

    kind: str
    begins: int
    size: int
    extended: bytes = b""


def boxes(file: BinaryIO) -> Iterator[Box]:
    """Every box, outer before inner; ends quietly at whatever is no box, or after very many."""
    end = file.seek(0, 2)
    places = [(0, end, 0)]
    for _ in range(_MOST):
        while places and places[-1][0] + _HEAD > places[-1][1]:
            places.pop()
        if not places:
            return
        begins, end, depth = places.pop()
        found = _box(file, begins, end)
        if found is None:
            continue  # what follows cannot be told, but what lies around it can
        box, head = found
        yield box
        places.append((begins + box.size, end, depth))
        if box.kind in _CONTAINERS and depth < _DEPTH:
            places.append((begins + head + _version(file, box, begins + head), begins + box.size, depth + 1))


def has_manifest(path: Path) -> bool:
    """There is a C2PA manifest: in its own `uuid` box, or as bare JUMBF; raises BrokenVideoError."""
    try:
        with path.open("rb") as file:
            return any(box.extended == C2PA or box.kind in ("jumb", "c2pa") for box in boxes(file))
    except OSError as error:
        raise broken(str(path), error.strerror or "it cannot be read") from error


def _box(file: BinaryIO, begins: int, end: int) -> tuple[Box, int] | None:
    """The box there and the length of its head; None where there is none."""
    file.seek(begins)
    head = file.read(_LARGE + _EXTENDED)
    size, letters, length = int.from_bytes(head[:4], "big"), head[4:8], _HEAD
    if size == 1:
        size, length = int.from_bytes(head[8:16], "big"), _LARGE
    elif size == 0:
        size = end - begins  # to the end of what it lies in
    if len(letters) < 4 or size < length or begins + size > end:
        return None
    kind = letters.decode("latin-1")
    extended = head[length : length + _EXTENDED] if kind == "uuid" else b""
    return Box(kind, begins, size, extended), length


def _version(file: BinaryIO, box: Box, inside: int) -> int:
    """`meta` has four bytes of version before its boxes in MP4, and none in QuickTime."""
    if box.kind != "meta":
        return 0
    file.seek(inside + 4)
    return 0 if file.read(4) == b"hdlr" else 4

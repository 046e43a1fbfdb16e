"""Answers of a site as values: bytes, a file, or a stream of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of a kind (a media type); kept by nobody unless `keep` seconds are given."""

    content: bytes
    kind: str
    status: int = 200
    keep: int = 0


@dataclass(frozen=True, slots=True)
class FileBody:
    """A file that exists, whole or the range that is asked for."""

    path: Path
    kind: str
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; who reconnects says the id of the last one it got. `data` is one line."""

    id: str
    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Events:
    """A stream of events: `newest` is asked every so many seconds, with the id of the last event sent."""

    newest: Callable[[str], Event | None]
    after: str
    every: float = 0.5


Answer = Body | FileBody | Events

"""Where a sandbox that accepts connections is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """`base_url` is what a client takes as the API's host; `file_url` is the origin of the videos."""

    base_url: str
    file_url: str
    pid: int

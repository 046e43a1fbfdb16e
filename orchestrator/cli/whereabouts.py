"""What must be typed besides, so that a command finds the same journal again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestrator.errors import PlanError
from orchestrator.store import Home, find_home


def place_of(home: Home, plans: Sequence[Path] = ()) -> tuple[str, ...]:
    """`--state PLACE`, or nothing where a command with these plans finds that journal by itself."""
    try:
        found = find_home(plans=plans)
    except PlanError:
        return ("--state", home.place)  # two folders are found, and this one was named
    same = (found.folder.resolve(), found.database) == (home.folder.resolve(), home.database)
    return () if same else ("--state", home.place)

"""Front doors that open room by room: a package's names, each imported when it is first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def door(package: str, rooms: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package whose names live in its modules: module to names, with spaces between.

    A quick command pays for the import of what it uses, and of nothing else behind the same door.
    """
    homes = {name: room for room, names in rooms.items() for name in names.split()}

    def entered(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)  # so that the next one does not ring
        return found

    return entered

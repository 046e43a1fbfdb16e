"""A mapping whose values are loaded one by one, each when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Loaded(Mapping[K, V], Generic[K, V]):
    """Values loaded one by one, each once; walked through only by all keys there are."""

    def __init__(self, load: Callable[[K], V | None], whole: Callable[[], Collection[K]]) -> None:
        self._load = load
        self._whole = whole
        self._known: dict[K, V | None] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._known:
            self._known[key] = self._load(key)
        value = self._known[key]
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: K, default: V | None = None) -> V | None:  # type: ignore[override]  # of its two forms one
        """The value of a key, without an exception where there is none."""
        try:
            value = self._known[key]
        except KeyError:
            value = self._known[key] = self._load(key)
        return default if value is None else value

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

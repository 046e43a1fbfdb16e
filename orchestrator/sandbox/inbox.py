"""An unbounded queue that may be filled before any event loop runs and needs no closing."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

import anyio

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """One reader, any number of writers, all on the loop's thread or before the loop exists."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._filled = anyio.Event()

    def put(self, item: Item) -> None:
        self._items.append(item)
        self._filled.set()

    async def take(self) -> Item:
        """The oldest item, waited for if need be."""
        while not self._items:
            self._filled = anyio.Event()
            await self._filled.wait()
        return self._items.popleft()

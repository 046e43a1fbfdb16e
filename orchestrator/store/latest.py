"""Takes as this process wrote them last: they stand for their facts for as long as nobody else writes."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.identity import TakeKey
from orchestrator.lineage import Take

_MOST = 20_000
"""So many takes are remembered at most, those written last."""


class Latest:
    """What need not be read from the journal again; whoever undoes what was written must `forget`."""

    def __init__(self) -> None:
        self._position = 0
        self._takes: dict[TakeKey, Take] = {}

    def at(self, position: int) -> Mapping[TakeKey, Take]:
        """The takes that are known where this is the newest fact: none where somebody else wrote it."""
        if position != self._position:
            self.forget()
        return self._takes

    def written(self, after: int, count: int, takes: Mapping[TakeKey, Take]) -> None:
        """So these are with `count` facts more than at a position; of what is over nobody asks again."""
        self.at(after)
        self._position = after + count
        for key, take in takes.items():
            self._takes.pop(key, None)
            if take.open or (take.video is not None and take.video.wants_keeping):
                self._takes[key] = take
        while len(self._takes) > _MOST:
            del self._takes[next(iter(self._takes))]

    def forget(self) -> None:
        """Everything is read again."""
        self._takes.clear()

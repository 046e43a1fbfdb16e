"""A page that goes on: facts come in, and whoever looks on gets what changed since they last looked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from orchestrator.codec import milliseconds
from orchestrator.facts import Recorded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage
from orchestrator.report.page.contents import Telling, contents, node, parents, spent
from orchestrator.report.page.layout import lanes


class Follower:
    """One lineage, from its first fact on; every onlooker says the position up to which it knows it."""

    def __init__(self, telling: Telling) -> None:
        self.lineage = Lineage()
        self._telling = telling
        self._index: dict[TakeKey, int] = {}
        self._touched: dict[TakeKey, int] = {}
        self._lanes: list[int] = []
        self._grown_at = 0
        self._spent: list[str] = []

    @property
    def position(self) -> int:
        """The newest fact that is known."""
        return self.lineage.position

    def advance(self, recorded: Iterable[Recorded]) -> None:
        """Take in newer facts."""
        known, before = len(self._index), self.position
        for each in recorded:
            self.lineage.apply(each)
            take = getattr(each.fact, "take", None)
            if take is not None:
                self._touched.pop(take, None)
                self._touched[take] = each.position
                self._index.setdefault(take, len(self._index))
        if len(self._index) != known:
            self._lanes = lanes(parents(self.lineage, self._index))
            self._grown_at = self.position
        if self.position != before:
            self._spent = spent(self.lineage)

    def contents(self, now: datetime) -> dict[str, Any]:
        """Everything."""
        return contents(self.lineage, self._telling, now)

    def since(self, position: int, now: datetime) -> dict[str, Any] | None:
        """What changed after that position; None when nothing did.

        `nodes` are pairs of place and node; `lanes` are all of them, since a new branch moves others, and
        are left out where nothing new has grown.
        """
        if position >= self.position:
            return None
        changed = [key for key, at in self._touched.items() if at > position]
        return {
            "position": self.position,
            "at": milliseconds(now),
            "spent": self._spent,
            "nodes": [
                [self._index[key], node(self.lineage, key, self._telling, self._index)] for key in changed
            ],
            **({"lanes": self._lanes} if self._grown_at > position else {}),
        }

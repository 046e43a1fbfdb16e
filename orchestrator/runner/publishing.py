"""Gives the film of a chain that has come to its end a readable name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from orchestrator.identity import TakeKey
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Ending, Finish
from orchestrator.ports import Archive
from orchestrator.runner.outside import ChainName

Act = Callable[[Plan], Awaitable[str]]


class Publishing:
    """`begin` starts the act of publishing one chain's film, which returns the name it was given."""

    def __init__(self, archive: Archive, begin: Callable[[ChainName, Act], None]) -> None:
        self._archive = archive
        self._begin = begin
        self._published: dict[ChainName, TakeKey] = {}

    def look(self, view: ChainView) -> None:
        """Publish its film if it has one that this run has not published yet."""
        name = (view.plan, view.chain.name)
        # A film of before is not replaced by the beginning of one.
        ended = any(isinstance(each, Finish) and each.ending is not Ending.PAUSED for each in view.next)
        if not ended or view.tip is None or view.tip.kept is None:
            return
        if self._published.get(name) == view.tip.take:
            return
        self._published[name] = view.tip.take
        path = view.tip.kept.path
        self._begin(name, lambda plan: self._archive.publish(plan, view.chain.name, path))

"""Gives the film of a chain that has come to its end a readable name, with all its segments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from orchestrator.identity import TakeKey
from orchestrator.lineage import Lineage, Segment, Video, segments, titled
from orchestrator.plan import Plan
from orchestrator.planner import ChainView, Ending, Finish
from orchestrator.ports import Reel
from orchestrator.runner.outside import ChainName, Outside

Act = Callable[[Plan], Awaitable[str]]


class Publishing:
    """`begin` starts the act of publishing one chain's film, which returns the name it was given."""

    def __init__(self, outside: Outside, lineage: Lineage, begin: Callable[[ChainName, Act], None]) -> None:
        self._outside = outside
        self._lineage = lineage
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
        those = segments(self._lineage, view.tip.take)
        gone = [each.film for each in those if each.film.kept is None]
        if gone:
            keys = " ".join(video.take[:8] for video in gone)
            self._outside.reporter.said(
                f"{view.plan}:{view.chain.name}: not joined, for files of it are not here: "
                f"orchestrate fetch {keys}, then run again"
            )
            return
        reels = tuple(self._reel(view, segment) for segment in those)
        self._begin(name, lambda plan: self._outside.archive.publish(plan, view.chain.name, reels))

    def _reel(self, view: ChainView, segment: Segment) -> Reel:
        kept = segment.film.kept
        assert kept is not None
        titles = [self._title(view, video) for video in segment.videos]
        chapters = tuple(zip(titles, segment.begins, strict=True))
        return Reel(kept.path, kept.sha256, segment.until, chapters)

    def _title(self, view: ChainView, video: Video) -> str:
        """By the chain's own name for the step, where it has one."""
        own = next((step.place for step in view.steps if step.picked and step.picked.key == video.take), None)
        last = self._lineage.take(video.take).last
        place = str(own) if own else last.begun.place if last else f"{view.plan}:{view.chain.name}"
        return titled(place)

"""Takes the last frame that a step goes on from, and has a file fetched once more that cannot be read."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.errors import MediaError, OrchestratorError
from orchestrator.identity import TakeKey
from orchestrator.planner import Keep, Submit
from orchestrator.ports import Archive, Frame
from orchestrator.runner.hands import Hands


class Framing:
    """`keep` begins to fetch a file; `failed` hears of one that is no better after that."""

    def __init__(
        self, archive: Archive, keep: Callable[[Keep], None], failed: Callable[[OrchestratorError], None]
    ) -> None:
        self._archive = archive
        self._keep = keep
        self._failed = failed
        self._again: set[TakeKey] = set()

    async def frame(self, submit: Submit, hands: Hands | None) -> Frame | None:
        """The frame that is to be posted; None where its file, which should be here, is on its way again."""
        parent = submit.parent
        assert parent is not None
        assert parent.kept is not None, "the planner waits for the file"
        if hands is not None and hands.busy(parent.take):
            return None
        try:
            return await self._archive.last_frame(parent.kept.path)
        except MediaError as error:
            if parent.take in self._again:
                self._failed(error)
            self._again.add(parent.take)
            self._keep(Keep(parent.take, parent, "its last frame is wanted, and its file cannot be read"))
            return None

"""Whoever is told what happens."""

from __future__ import annotations

from typing import Protocol

from orchestrator.facts import Recorded
from orchestrator.lineage import Lineage
from orchestrator.planner import ChainView


class Reporter(Protocol):
    """Is told what happens, so that people and machines can watch; must return at once."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written."""
        ...

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew; `view.next` says what it does or waits for."""
        ...

    def said(self, message: str) -> None:
        """Something worth a line that is no fact: waiting, a failed question, a fresh try."""
        ...

"""A reporter that logs: every event of a run as a record of the standard library, with its fields."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from orchestrator.facts import Recorded
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.report.news import news
from orchestrator.report.plainly import JsonReporter

_log = logging.getLogger("orchestrator.run")


class LoggedReporter(JsonReporter):
    """The events of `run --json`, each with a message that people can read as well."""

    def __init__(self, plans: Sequence[Plan], now: Callable[[], datetime]) -> None:
        super().__init__(plans, None, now)
        self._line: str | None = None

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written; its news is the message."""
        self._line = news(recorded.fact, lineage)
        super().happened(recorded, lineage)
        self._line = None

    def _write(self, event: str, **fields: Any) -> None:
        message = self._line or fields.pop("text", None) or fields.get("because") or event
        _log.info("%s", message, extra={"event": {"event": event, **fields}})

"""Chooses how a run is reported: live on a terminal, else a line a change, or JSON events when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TextIO

from orchestrator.plan import Plan
from orchestrator.ports import Reporter
from orchestrator.report.plainly import JsonReporter, PlainReporter
from orchestrator.report.progress import Progress
from orchestrator.report.summary import Ended


class RunReporter(Reporter, AbstractContextManager["RunReporter", None], Protocol):
    """A reporter for the length of a run; `tick` it about once a second, tell it the end."""

    progress: Progress

    def tick(self) -> None:
        """Time goes by."""
        ...

    def ended(self, result: Ended) -> None:
        """The run is over."""
        ...


def reporter_for(
    plans: Sequence[Plan], stream: TextIO, now: Callable[[], datetime], environ: Mapping[str, str]
) -> RunReporter:
    """For people: live where the stream is a terminal that can redraw, plain lines elsewhere."""
    if stream.isatty() and environ.get("TERM", "dumb") not in ("", "dumb"):
        from orchestrator.report.live import LiveReporter  # here, because rich costs 50 ms to import

        return LiveReporter(plans, stream, now)
    return PlainReporter(plans, stream, now)


def logged_reporter(plans: Sequence[Plan], now: Callable[[], datetime]) -> RunReporter:
    """For logs."""
    from orchestrator.report.logged import LoggedReporter

    return LoggedReporter(plans, now)


def json_reporter(plans: Sequence[Plan], stream: TextIO, now: Callable[[], datetime]) -> RunReporter:
    """For machines."""
    return JsonReporter(plans, stream, now)

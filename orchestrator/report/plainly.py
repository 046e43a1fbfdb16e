"""Reporters that never redraw: a line a change for people, a JSON event a line for machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TextIO

from orchestrator.facts import Recorded
from orchestrator.lineage import Lineage
from orchestrator.plan import Plan
from orchestrator.planner import ChainView
from orchestrator.report.machine import json_line, plain
from orchestrator.report.news import news
from orchestrator.report.progress import Progress
from orchestrator.report.summary import Ended, summary_json
from orchestrator.report.text import clean
from orchestrator.report.times import hour

HEARTBEAT = 60.0
"""Seconds of silence after which a line says that the run is alive."""


class Lines:
    """Writes whole lines; once nobody reads them any more it stops without a word."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.closed = False

    def write(self, line: str) -> None:
        """One line, at once."""
        if self.closed:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # A closed pipe, or a stream closed by its owner: the run goes on, what it does is in the journal.
            self.closed = True


class PlainReporter:
    """A line with the local time for every change, and a heartbeat about once a minute."""

    def __init__(self, plans: Sequence[Plan], stream: TextIO, now: Callable[[], datetime]) -> None:
        self.progress = Progress(plans)
        self._lines = Lines(stream)
        self._now = now
        self._spoke = now()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written."""
        self.progress.happened(recorded, lineage)
        line = news(recorded.fact, lineage)
        if line is not None:
            self._say(line)

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew; told when it has come to an end or needs a person."""
        if self.progress.planned(view) and view.end is not None:
            state, because = view.standing
            self._say(f"{view.plan}:{view.chain.name}: {state}: {because}")

    def said(self, message: str) -> None:
        """Something worth a line."""
        self._say(message)

    def tick(self) -> None:
        """Time goes by; call it about once a second."""
        now = self._now()
        if (now - self._spoke).total_seconds() >= HEARTBEAT:
            self.progress.foresee(now)
            self._say(self.progress.headline())

    def ended(self, result: Ended) -> None:
        """The run is over; what came of it is the command's to print."""

    def _say(self, line: str) -> None:
        self._spoke = self._now()
        self._lines.write(f"{hour(self._spoke)}  {clean(line)}")


class JsonReporter:
    """One JSON object a line: facts by their names, `chain`, `message` and, last, `end`.

    Without a stream nothing is written, but for what `_write` is made to do.
    """

    def __init__(self, plans: Sequence[Plan], stream: TextIO | None, now: Callable[[], datetime]) -> None:
        self.progress = Progress(plans)
        self._lines = None if stream is None else Lines(stream)
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written; raw answers and plan texts stay in the journal."""
        self.progress.happened(recorded, lineage)
        fields: dict[str, Any] = plain(recorded.fact)
        known = {name: value for name, value in fields.items() if value is not None}
        for name in ("raw", "text"):
            known.pop(name, None)
        self._write(type(recorded.fact).__name__, position=recorded.position, **known)

    def planned(self, view: ChainView) -> None:
        """A chain was planned anew; told when it stands differently."""
        if self.progress.planned(view):
            state, because = view.standing
            self._write(
                "chain",
                at=plain(self._now()),
                plan=view.plan,
                chain=view.chain.name,
                state=state,
                because=because,
                seconds=plain(view.length),
                made=view.made,
            )

    def said(self, message: str) -> None:
        """Something worth a line."""
        self._write("message", at=plain(self._now()), text=message)

    def tick(self) -> None:
        """Machines need no heartbeat: the process is one."""

    def ended(self, result: Ended) -> None:
        """The run is over."""
        self._write("end", at=plain(self._now()), **summary_json(result))

    def _write(self, event: str, **fields: Any) -> None:
        if self._lines is not None:
            self._lines.write(json_line({"event": event, **fields}))

"""OpenTelemetry spans of what a run did, where its SDK is installed and the environment wants them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from orchestrator.codec import milliseconds
from orchestrator.facts import AttemptDeclined, Recorded, TaskFailed, TaskSucceeded, VideoKept
from orchestrator.lineage import Attempt, Lineage

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer, TracerProvider

_WISHES = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NAME = "orchestrate"


@dataclass(frozen=True, slots=True)
class Spans:
    """Told the facts of a run: one span an attempt, from its beginning to its end, and one a file kept.

    Without a tracer nothing is done. Prompts, ids and places are attributes; keys and raw answers never are.
    """

    tracer: Tracer | None = None
    within: Context | None = None

    def happened(self, recorded: Recorded, lineage: Lineage) -> None:
        """A fact was written."""
        if self.tracer is None:
            return
        match recorded.fact:
            case AttemptDeclined() | TaskSucceeded() | TaskFailed() as end:
                attempt = lineage.take(end.take).attempts[end.number - 1]
                if type(attempt.end) is type(end):  # not one that a person let go before
                    self._attempt(self.tracer, attempt, end)
            case VideoKept() as kept:
                last = lineage.take(kept.take).last
                if last is not None and isinstance(last.end, TaskSucceeded):
                    self._kept(self.tracer, last, last.end, kept)

    def _attempt(
        self, tracer: Tracer, attempt: Attempt, end: AttemptDeclined | TaskSucceeded | TaskFailed
    ) -> None:
        begun = attempt.begun
        known = {
            **_of(attempt),
            "orchestrate.prompt": begun.prompt,
            "orchestrate.units": None if begun.units is None else float(begun.units),
            "orchestrate.outcome": type(end).__name__,
        }
        span = tracer.start_span("attempt", self.within, attributes=_told(known), start_time=_ns(begun.at))
        if attempt.accepted is not None:
            span.add_event("accepted", timestamp=_ns(attempt.accepted.at))
        if isinstance(end, TaskSucceeded):
            length = None if end.duration is None else float(end.duration)
            span.set_attributes(_told({"orchestrate.video": end.video_id, "orchestrate.seconds": length}))
        else:
            from opentelemetry.trace import StatusCode

            span.set_attribute("orchestrate.reason", end.reason.value)
            span.set_status(StatusCode.ERROR, end.message)
        span.end(_ns(end.at))

    def _kept(self, tracer: Tracer, attempt: Attempt, made: TaskSucceeded, kept: VideoKept) -> None:
        known = {**_of(attempt), "orchestrate.bytes": kept.size}
        span = tracer.start_span("keep", self.within, attributes=_told(known), start_time=_ns(made.at))
        span.end(_ns(kept.at))


@contextmanager
def spans(what: str) -> Iterator[Spans]:
    """Spans within one of this name, sent on when the block ends; none where nobody wants them."""
    provider = _provider()
    if provider is None:
        yield Spans()
        return
    from opentelemetry.trace import set_span_in_context

    tracer = provider.get_tracer(_NAME)
    whole = tracer.start_span(what)
    try:
        yield Spans(tracer, set_span_in_context(whole))
    finally:
        whole.end()
        # A run may die by a signal, after which nothing that is registered for the end is called.
        flush = getattr(provider, "force_flush", None)
        if flush is not None:
            flush(5000)


def _provider() -> TracerProvider | None:
    """The one that opentelemetry-instrument has set, else one as the environment's variables ask for."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        return None
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider as Sdk

    known = trace.get_tracer_provider()
    if isinstance(known, Sdk):
        return known
    wish = os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    if wish == "none" or not any(os.environ.get(name) for name in _WISHES):
        return None
    exporter = _exporter(wish)
    if exporter is None:
        return None
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = Sdk(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", _NAME)}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def _exporter(wish: str) -> Any:
    """The console's on stderr, or OTLP's where that package is installed; what is missing is said."""
    import sys

    from orchestrator.cli.logs import talk

    if wish == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)
    try:
        exporters = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        talk("no spans are sent: pip install opentelemetry-exporter-otlp-proto-http")
        return None
    return exporters.OTLPSpanExporter()


def _of(attempt: Attempt) -> dict[str, object]:
    begun = attempt.begun
    return {
        "orchestrate.plan": begun.plan,
        "orchestrate.chain": begun.chain,
        "orchestrate.place": begun.place,
        "orchestrate.account": begun.account,
        "orchestrate.kind": begun.kind.value,
        "orchestrate.take": begun.take,
        "orchestrate.number": begun.number,
        "orchestrate.task": attempt.task_id,
    }


def _told(values: dict[str, object]) -> Any:
    return {name: value for name, value in values.items() if value is not None}


def _ns(at: datetime) -> int:
    return milliseconds(at) * 1_000_000

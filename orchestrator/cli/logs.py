"""Logs on stderr: silent by default, text with -v, or everything as one JSON object a line for machines."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import click

VARIABLE = "ORCHESTRATE_LOG_FORMAT"
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """A record as one line of JSON: at, level, logger, message, its event's fields, and any traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        from orchestrator.report import json_line

        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event = getattr(record, "event", None)
        if isinstance(event, dict):
            fields |= {name: value for name, value in event.items() if name not in fields}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json_line(fields)


def structured() -> bool:
    """Whether what is said on stderr is for machines."""
    return any(isinstance(each.formatter, JsonLines) for each in logging.getLogger().handlers)


def talk(text: str) -> None:
    """Something for people to read before or beside the work; a record where machines listen."""
    if structured():
        logging.getLogger("orchestrator").info(text)
    else:
        click.echo(text, err=True)


def verbose_option() -> click.Option:
    """`-v`, understood before and after the name of a command."""
    return click.Option(
        ["-v", "--verbose"],
        count=True,
        expose_value=False,
        callback=_verbose,
        help="Log to stderr; tracebacks for errors.",
    )


def format_option() -> click.Option:
    """`--log-format`, understood before and after the name of a command."""
    return click.Option(
        ["--log-format"],
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_formatted,
        envvar=VARIABLE,
        help="json: what runs, workers and errors say on stderr as one JSON object a line.",
    )


def _verbose(ctx: click.Context, param: click.Parameter, value: int) -> None:  # noqa: ARG001 - click's signature
    if value:
        logging.basicConfig(stream=sys.stderr, format=_TEXT, level=logging.INFO)
        logging.getLogger("orchestrator").setLevel(logging.DEBUG)


def _formatted(ctx: click.Context, param: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    if value == "json" and not structured():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
        if logging.getLogger("orchestrator").level == logging.NOTSET:
            logging.getLogger("orchestrator").setLevel(logging.INFO)

"""Logs on stderr: silent by default, text with -v, or everything as one JSON object a line for machines."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import click

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


def show() -> None:
    """Show the log as text, all that is ours of it."""
    logging.basicConfig(stream=sys.stderr, format=_TEXT, level=logging.INFO)
    logging.getLogger("orchestrator").setLevel(logging.DEBUG)


def structure() -> None:
    """Say everything as JSON lines from now on."""
    if structured():
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if logging.getLogger("orchestrator").level == logging.NOTSET:
        logging.getLogger("orchestrator").setLevel(logging.INFO)

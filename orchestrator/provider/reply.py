"""One HTTP answer as a plain value, and the JSON envelope in it; nothing here ever raises."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property

from orchestrator.provider.fields import identifier, line, mapping

UNKNOWN = -1
"""Stands for a code that is no number and no text, or an error without one."""

_FINE = ("", "0", "success", "succeed", "ok")


@dataclass(frozen=True)
class Reply:
    """Status, the headers that matter, and the body as text, already free of our key.

    `text` is None when the body could not be read whole or was larger than we read; `date` is the
    host's clock, as far as it shows one.
    """

    status: int
    text: str | None
    content_type: str = ""
    retry_after: float | None = None
    date: datetime | None = None

    @cached_property
    def said(self) -> Envelope | None:
        """The envelope in its body, read once; None when the body is no JSON object."""
        return _envelope(self.text)

    @property
    def html(self) -> bool:
        """A web page where JSON was asked for: what gateways answer on routes they do not offer."""
        # The header alone is not enough: JSON cut short, or nothing at all, may come under it too.
        text = (self.text or "").lstrip()
        page = re.match(r"<!doctype\s+html|<html", text, re.IGNORECASE)
        return page is not None or (text.startswith("<") and "text/html" in self.content_type.lower())


@dataclass(frozen=True, slots=True)
class Envelope:
    """The JSON object of an answer: 0 is success, gateways' own errors have text for a code.

    `textual` is true where the code came as text, which only gateways do.
    """

    code: int | str
    textual: bool
    message: str
    request_id: str | None
    body: dict[str, object]

    @property
    def data(self) -> object:
        """What the envelope holds; some gateways answer the task itself, without an envelope."""
        return self.body.get("data", self.body)


def _envelope(text: str | None) -> Envelope | None:
    body = _parsed(text)
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    nested = mapping(error)
    raw = body.get("code")
    if raw is None and nested:
        raw = next((nested[key] for key in ("code", "type") if nested.get(key)), UNKNOWN)
    elif raw is None and error:
        raw = UNKNOWN
    message = line(body.get("message")) or line(nested.get("message")) or line(error)
    return Envelope(_code(raw), isinstance(raw, str), message, identifier(body.get("request_id")), body)


def _parsed(text: str | None) -> object:
    """The JSON value with exact decimals; None when it is none, or too deep, or too long in a number."""
    try:
        return _DECODER.decode(text or "")
    except (ValueError, RecursionError):
        return None


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text  # no number to anybody, but not absent either


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=str)


def _code(raw: object) -> int | str:
    if raw is None:
        return 0
    if isinstance(raw, str):
        text = line(raw)
        if text.lower() in _FINE:
            return 0
        return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) else text
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else UNKNOWN

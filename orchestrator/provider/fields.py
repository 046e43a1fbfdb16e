"""Reads single fields of foreign JSON: never raises, and what is absurd is None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11
"""Above it a time counts milliseconds, below it seconds: envelopes of both kinds are met."""

_EARLIEST, _LATEST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_LARGEST = Decimal(10**6)
_MOST_PLACES = 30
_LONGEST_ID = 256
_LONGEST_LINE = 500
_LONGEST_WAIT = 86_400.0


def mapping(value: object) -> dict[str, object]:
    """The JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The JSON array, or an empty one: `null` stands for "none" in real answers."""
    return value if isinstance(value, list) else []


def identifier(value: object) -> str | None:
    """A task or video id as text; numbers are exact, since ids of 18 digits are met."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    usable = text.isprintable() and " " not in text and 0 < len(text) <= _LONGEST_ID
    return text if usable else None


def line(value: object) -> str:
    """Foreign text as one line of bounded length without control characters; empty when it is none."""
    if not isinstance(value, str):
        return ""
    if len(value) <= _LONGEST_LINE and value.isascii() and value.isprintable():
        return " ".join(value.split())
    sound = value[: 4 * _LONGEST_LINE].encode("utf-8", "replace").decode()
    printable = "".join(each if each.isprintable() else " " for each in sound)
    return " ".join(printable.split())[:_LONGEST_LINE]


def amount(value: object) -> Decimal | None:
    """A length in seconds or an amount, from a decimal string or a number, between 0 and a million."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str) and len(value) > 64:
        return None
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= _LARGEST:
        return None
    # 1e-999999 is a number too, and takes a megabyte to write out.
    return number if number.adjusted() > -_MOST_PLACES else None


def instant(value: object) -> datetime | None:
    """A Unix time in milliseconds or seconds as aware UTC, to the millisecond."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**16:
        return None
    milliseconds = value if value >= _MILLISECONDS_FROM else value * 1000
    if milliseconds > 10**14:
        return None
    found = _EPOCH + timedelta(milliseconds=milliseconds)
    return found if _EARLIEST <= found <= _LATEST else None


def waiting(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date; at most a day."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return min(float(text), _LONGEST_WAIT)
    date = date_of(text)
    return None if date is None else min(max((date - now).total_seconds(), 0.0), _LONGEST_WAIT)


def date_of(header: str | None) -> datetime | None:
    """The instant of an HTTP date as aware UTC."""
    try:
        date = parsedate_to_datetime((header or "").strip())
    except (ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)

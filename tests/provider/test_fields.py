"""Retry-After, ids and lines of foreign text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.provider.fields import identifier, line, waiting
from tests.provider.wire import NOW

WAITS = [
    ("120", 120.0),
    ("0", 0.0),
    ("1.5", 1.5),
    ("999999999", 86400.0),
    ("Sun, 01 Nov 2026 12:00:30 GMT", 30.0),
    ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
    ("Sun, 01 Nov 2026 12:00:30 -0000", 30.0),
    ("-5", None),
    ("nan", None),
    ("soon", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("header", "seconds"), WAITS)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """A provider's waiting time is honoured in both forms, and an absurd one is not."""
    assert waiting(header, NOW) == seconds


@given(header=st.text(max_size=40))
def test_no_retry_after_raises(header: str) -> None:
    """A strange header is no header."""
    found = waiting(header, NOW)
    assert found is None or 0 <= found <= 86400


IDS = [
    ("CjhDaWgU7GAAAAAAAb1QfA", "CjhDaWgU7GAAAAAAAb1QfA"),
    ("a/b+c==", "a/b+c=="),
    (" t ", "t"),
    (750113579146555415, "750113579146555415"),
    ("", None),
    ("a b", None),
    ("a\nb", None),
    ("\ud800", None),
    ("x" * 257, None),
    (True, None),
    (1.5, None),
    (["t"], None),
]


@pytest.mark.parametrize(("given_as", "read"), IDS)
def test_ids_are_exact_text(given_as: object, read: str | None) -> None:
    """An id of 18 digits keeps every one of them, and what cannot be an id is none."""
    assert identifier(given_as) == read


def test_foreign_text_is_one_bounded_line() -> None:
    """A provider's message moves no cursor and fills no screen."""
    assert line("a\n\tb\x1b[31mc\u2028d\ud800") == "a b [31mc d?"
    assert len(line("x" * 10_000)) == 500
    assert line(5) == ""

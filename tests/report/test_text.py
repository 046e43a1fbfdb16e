"""Foreign text is harmless and measured in cells; times, lengths and amounts read well; JSON is exact."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orchestrator.budget import Spent
from orchestrator.planner import Bill, Range
from orchestrator.report import clean, clean_lines, json_line, json_text, plural
from orchestrator.report.amounts import bills, money, number, spent_text
from orchestrator.report.text import cut, pad, table, width, wrapped
from orchestrator.report.times import film, film_range, hour, local, rfc3339, span, span_range

HOSTILE = "a\x1b[31mred\x9b0m \u202eevil\u2066 \x00\x07\x7f b\r\nc\td\u2028e\ud800f [/red]"


def test_nothing_steers_a_terminal() -> None:
    """No prompt and no provider message can colour, clear, ring or reverse what a person reads."""
    assert clean(HOSTILE) == "a[31mred0m evil b c d ef [/red]"
    assert clean_lines("a\x1b\n\n  b\u202e") == ["a", "", "  b"]
    assert clean_lines("") == [""]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("锦鲤", 4),
        ("ｶﾅ", 2),
        ("e\u0301", 1),
        ("한글", 4),
        ("👨\u200d👩\u200d👧", 2),
        ("Ａ", 2),
        ("", 0),
    ],
)
def test_width_counts_cells(text: str, cells: int) -> None:
    """Columns line up whatever script a prompt is written in."""
    assert width(text) == cells


@pytest.mark.parametrize("cells", range(12))
def test_clipped_and_padded_text_fits(cells: int) -> None:
    """A column is exactly as wide as it was meant to be, also where a wide character would be cut."""
    for text in ("锦鲤跃出水面", "a锦b鲤", "plain", "👨\u200d👩\u200d👧x"):
        assert width(cut(text, cells)) <= cells
        assert width(pad(text, cells)) == cells
        assert width(pad(text, cells, right=True)) == cells


def test_wrapped_text_keeps_everything_and_fits() -> None:
    """Long prompts are broken at spaces where there are any, and within Chinese anywhere."""
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("锦鲤缓缓游过荷叶", 6) == ["锦鲤缓", "缓游过", "荷叶"]
    assert all(width(line) <= 10 for line in wrapped("锦鲤 koi 跃出水面 and further on", 10))
    assert wrapped("", 5) == [""]


def test_tables_line_up() -> None:
    """Cells of two widths stand in straight columns."""
    assert table([["锦鲤", "1"], ["a", "20"]], {1}) == ["锦鲤   1", "a     20"]
    assert table([], set()) == []


def test_spans_read_well() -> None:
    """Waiting times are told in two units at most."""
    shown = [span(each) for each in (0, 59.4, 60, 250, 3600, 2 * 86400)]
    assert shown == ["0 s", "59 s", "1 min 00 s", "4 min 10 s", "1 h 00 min", "2 d 0 h"]
    assert span_range(Range(40.0, 60.0)) == "40–60 s"
    assert span_range(Range(2640.0, 5040.0)) == "44–84 min"
    assert span_range(Range(8160.0, 15480.0)) == "2.3–4.3 h"
    assert span_range(Range(60.0, 60.0)) == "60 s"
    assert span_range(Range(86400.0, 5 * 86400.0)) == "1.0–5.0 d"


def test_lengths_of_film_are_never_rounded_up() -> None:
    """A film of 59.9 s is not one of a minute."""
    assert [film(each) for each in (None, Decimal("59.9"), Decimal(180))] == ["?", "0:59", "3:00"]
    assert film_range(Range(Decimal(60), Decimal(65))) == "1:00–1:05"
    assert film_range(None) == "?"


@pytest.mark.usefixtures("shanghai")
def test_instants_are_local_for_people_and_utc_for_machines() -> None:
    """The same instant reads right in both."""
    at = datetime(2026, 11, 1, 20, 0, 5, 7000, tzinfo=UTC)
    assert local(at) == "2026-11-02 04:00:05 +08:00"
    assert hour(at) == "04:00:05"
    assert rfc3339(at) == "2026-11-01T20:00:05.007Z"


def test_amounts_say_what_is_unknown() -> None:
    """An unknown price is a word, never a zero."""
    assert (
        bills(Bill(1, None, None), Bill(2, None, None), "CNY") == "1–2 calls · units unknown · cost unknown"
    )
    assert bills(Bill(1, Decimal(2), Decimal(2)), Bill(1, Decimal(2), Decimal(2)), None) == (
        "1 call · 2 units · cost 2.00"
    )
    assert bills(Bill(), Bill(), None) == "0 calls"
    assert spent_text(Spent(3, Decimal(4), Decimal(0), 1, 3), "CNY") == (
        "3 calls · 4 units and 1 call of unknown units · cost unknown"
    )
    assert (number(Decimal("2.00")), number(Decimal(100))) == ("2", "100")
    assert (money(Decimal("2.5"), "CNY"), money(Decimal("0.125"), None)) == ("CNY 2.50", "0.125")
    assert (plural(1, "call"), plural(0, "call")) == ("1 call", "0 calls")


def test_json_is_exact_readable_and_harmless() -> None:
    """Decimals and times survive, Chinese stays readable, and no control character reaches a terminal."""
    value = {"锦鲤": HOSTILE, "at": datetime(2026, 1, 1, tzinfo=UTC), "n": Decimal("0.10"), "all": (1, None)}
    for text in (json_line(value), json_text(value)):
        assert "锦鲤" in text
        assert all(letter.isprintable() or letter == "\n" for letter in text)
        read = json.loads(text)
        assert read == {"锦鲤": HOSTILE, "at": "2026-01-01T00:00:00.000Z", "n": "0.10", "all": [1, None]}
    assert "\n" not in json_line(value)

"""Lines are broken where Chinese and Latin readers expect it, and nothing is lost or too wide."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.media.wrapping import fitted, lines, plain, shortened


def cells(text: str) -> float:
    """Width as on a terminal: ideographs are two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, ()),
        ("锦鲤缓缓游过荷叶", 8, ("锦鲤缓缓", "游过荷叶")),
        ("a koi leaps out", 8, ("a koi", "leaps", "out")),
        ("锦鲤缓缓，游过", 8, ("锦鲤缓", "缓，游过")),
        ("锦鲤《荷叶》", 6, ("锦鲤", "《荷", "叶》")),
        ("koi锦鲤 leaps跃出", 9, ("koi锦鲤", "leaps跃出")),
        ("incomprehensibility of", 8, ("incompre", "hensibil", "ity of")),
        ("don’t stop", 5, ("don’t", "stop")),
        ("鱼", 1, ("鱼",)),
    ],
    ids=[
        "nothing",
        "ideographs",
        "words",
        "no line begins with a comma",
        "brackets hold",
        "mixed",
        "long word",
        "apostrophe",
        "too narrow for one",
    ],
)
def test_lines_are_broken_where_readers_expect_it(text: str, width: int, expected: tuple[str, ...]) -> None:
    """Ideographs break anywhere but before closing and after opening marks; words only when they must."""
    assert tuple(lines(text, width, cells)) == expected


@given(st.text(alphabet="锦鲤，。（）《a b’c-d…", max_size=80), st.integers(2, 30))
def test_nothing_is_lost_or_too_wide(text: str, width: int) -> None:
    """Put together again the lines are the text, and each is within the width."""
    found = tuple(lines(text, width, cells))
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(cells(line) <= width for line in found)


@given(st.text(max_size=200), st.integers(2, 20), st.integers(1, 4))
def test_what_has_no_room_ends_in_an_ellipsis(text: str, width: int, limit: int) -> None:
    """There are never more lines than asked for, and a cut is always shown."""
    whole = tuple(lines(plain(text), width, cells))
    found = fitted(plain(text), width, limit, cells)
    assert len(found) == min(limit, len(whole))
    assert found == whole if len(whole) <= limit else found[-1].endswith("…")
    assert cells(shortened(plain(text), width, cells)) <= width


def test_plain_text_has_no_control_characters() -> None:
    """Escapes, half characters, joiners and direction marks go; every kind of space becomes one blank."""
    assert plain(" a\x1b[31m\r\n\tb\u3000c\u200d\u202e\ud800\ufeff\x00 d ") == "a[31m b c d"

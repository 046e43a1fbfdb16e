"""Problems are printed with their line and a caret that stands right, whatever the line holds."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from orchestrator.planfile import Problem, render
from tests.planfile.writing import problems, steps


def cells(text: str) -> int:
    """The width of a text on a terminal, counted by another rule than the one under test."""
    wide = {"W": 2, "F": 2}
    return sum(
        0 if unicodedata.combining(char) else wide.get(unicodedata.east_asian_width(char), 1) for char in text
    )


def test_the_caret_stands_under_chinese_text() -> None:
    """The author looks at the wrong word of a Chinese line."""
    text = steps("{prompt: 锦鲤跃出水面, negative_prompt: 画面抖动, takes: 30}")
    assert render(problems(text)) == snapshot("""\
koi.yaml:6:56: chains.koi.steps.1.takes: 30 is more than 20, write a whole number from 1 to 20
     6 |       - {prompt: 锦鲤跃出水面, negative_prompt: 画面抖动, takes: 30}
       |                                                                  ^\
""")


def test_tabs_and_control_characters() -> None:
    """A line of a plan steers the terminal, or moves the caret away from its place."""
    problem = Problem("a\x1b.yaml", 3, 4, "x", "wrong", "a\t\x1b\u202eb\u200bc")
    assert render([problem]) == ("a\\x1b.yaml:3:4: x: wrong\n     3 | a    ��b�c\n       |       ^")


def test_accents_take_no_cell() -> None:
    """A name with a combining accent moves the caret away from its place."""
    assert render([Problem("p", 1, 3, "", "wrong", "e\u0301!")]).splitlines()[2] == "       |  ^"


def test_a_long_line_is_cut_around_the_caret() -> None:
    """A plan on one line fills the screen, and the place is nowhere to be seen."""
    line = "锦" * 300 + "!" + "鲤" * 300
    shown, caret = render([Problem("p", 1, 301, "", "wrong", line)]).splitlines()[1:]
    assert shown[cells_before(shown, caret)] == "!"
    assert cells(shown) < 115
    assert shown[9] == shown[-1] == "…"


def cells_before(shown: str, caret: str) -> int:
    """The index of the character above the caret."""
    target = caret.index("^")
    return next(index for index in range(len(shown)) if cells(shown[:index]) == target)


def test_without_a_line_there_is_no_caret() -> None:
    """A problem of the whole file is printed with an empty line below it."""
    assert render([Problem("p", 1, 1, "", "empty")]) == "p:1:1: empty"


def test_many_problems_are_counted() -> None:
    """A file with a thousand problems scrolls the first ones away."""
    text = render([Problem("p", line, 1, "", "wrong") for line in range(1, 251)])
    assert text.splitlines()[99:] == ["p:100:1: wrong", "… and at least 150 more problems"]


@given(
    before=st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=120),
    after=st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=200),
)
def test_the_caret_stands_under_its_character(before: str, after: str) -> None:
    """For some text the caret points beside its character."""
    shown, caret = render([Problem("p", 1, len(before) + 1, "", "wrong", before + "\N{BELL}" + after)]).split(
        "\n"
    )[1:]
    assert shown[cells_before(shown, caret)] == "\N{BELL}"

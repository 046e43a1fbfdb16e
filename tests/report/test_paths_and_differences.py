"""A film as a script, and two films or plans compared word by word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.plan import Step
from orchestrator.report.differences import (
    difference_json,
    difference_text,
    film_difference,
    plan_difference,
)
from orchestrator.report.paths import path_json, path_text, scenes
from orchestrator.report.text import width
from orchestrator.report.wording import changes, marked, words
from tests.histories import History, plan_of


def two_films() -> tuple[History, list[str]]:
    """A root, a first step with two takes, and one more step on the first take."""
    history = History(plan_of(Step("1", "koi swim", takes=2), "锦鲤跃出水面 with a splash")).adopt()
    keys = [history.make().take]
    prompts = [submit.prompt for submit in history.submits()]
    keys += [history.make(prompts.index("koi swim")).take, history.make().take]
    return history, list(keys)


def test_a_path_is_the_script_of_the_film() -> None:
    """Each step stands with the seconds it added, from the root on, and nothing is left out."""
    history, (first, _, tip) = two_films()
    found = scenes(history.lineage, tip, {})  # type: ignore[arg-type]
    assert [(each.begins, each.ends) for each in found] == [
        (Decimal(0), Decimal("5.1")),
        (Decimal("5.1"), Decimal("9.6")),
        (Decimal("9.6"), Decimal("14.1")),
    ]
    text = path_text(found, 60)
    assert "0:09.6–0:14.1" in text
    assert "锦鲤跃出水面 with a splash" in text
    assert all(width(line) <= 60 for line in text.splitlines())
    assert path_json(found)[1] == {
        "take": first,
        "place": "p:c.1@1",
        "state": "kept",
        "begins": "5.1",
        "ends": "9.6",
        "gained": "4.5",
        "by_frame": False,
        "prompt": "koi swim",
        "negative_prompt": None,
        "cfg_scale": None,
    }


def test_a_path_to_what_is_not_made_yet_says_so() -> None:
    """A take in the air ends the script with its state and no end time."""
    history = History(plan_of("one")).adopt()
    begun = history.start()
    text = path_text(scenes(history.lineage, begun.take, {}))
    assert "length not known" in text
    assert "in the air" in text


def test_two_takes_part_where_their_films_do() -> None:
    """The diff of two takes names what they share and sets the rest side by side."""
    history, (_, other, tip) = two_films()
    lineage = history.lineage
    found = film_difference(scenes(lineage, tip, {}), scenes(lineage, other, {}))  # type: ignore[arg-type]
    assert found.shared == 1
    assert "the same film until 0:05.1" in found.parting
    assert [change.after is None for change in found.changes] == [False, True]
    assert "only in the first" in difference_text([found])


def test_two_plans_are_compared_step_by_step() -> None:
    """An edited prompt shows its words, an inserted step stands alone, and equal plans say so."""
    first = plan_of("koi swim slowly", "锦鲤缓缓游过荷叶", "end")
    second = plan_of("koi leap slowly", "锦鲤快速游过荷叶", "new one", replace(Step("9", "end"), takes=2))
    text = difference_text(plan_difference(first, second))
    assert "koi [-swim-]{+leap+} slowly" in text
    assert "锦鲤[-缓缓-]{+快速+}游过荷叶" in text
    assert "takes: none → 2" in text or "only in the second" in text
    (found,) = difference_json(plan_difference(first, second))
    assert found["changes"][0]["words"][1] == ["gone", "swim"]
    assert "with no difference" in difference_text(plan_difference(first, first))


def test_words_are_what_a_reader_takes_in() -> None:
    """Latin by words, Chinese by characters, signs one by one."""
    assert words("koi跃出, now") == ["koi", "跃", "出", ",", " ", "now"]


@given(st.text(), st.text())
def test_changes_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    """Whatever the texts are, the pieces rebuild both exactly."""
    pieces = changes(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
    assert len(marked(pieces)) >= len(new)

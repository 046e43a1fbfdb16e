"""Films of several segments in everything people read: one film, whose seconds are counted through."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.identity import TakeKey
from orchestrator.lineage import Format, exported
from orchestrator.lineage.dot import dot
from orchestrator.lineage.mermaid import mermaid
from orchestrator.lineage.nodes import node_of
from orchestrator.lineage.prov import prov
from orchestrator.plan import FILL, Branch, By, Chain, Continuation, Step
from orchestrator.planner import forecast, views_of
from orchestrator.report import (
    Telling,
    contents,
    forecast_json,
    forecast_text,
    live_film,
    parts,
    path_json,
    path_text,
    scenes,
)
from orchestrator.report.frames import Frames, Still, _moments
from orchestrator.report.naming import places_of
from orchestrator.report.news import news
from orchestrator.report.progress import Progress
from orchestrator.report.showing import show_text
from orchestrator.report.trees import forest, tree_json, tree_text
from tests.histories import History, plan_of
from tests.report.pond import views

BY_FRAME = Continuation(By.FRAME)


def by_frame(history: History, at: str, gained: str = "5") -> TakeKey:
    """What is next goes on from the frame at that time of its parent's file, and is made and kept."""
    begun = replace(history.begin(), frame_at=Decimal(at))
    history.facts.pop()
    history.write(begun)
    history.succeed(history.accept(begun), gained)
    history.keep(begun.take, seconds=gained)
    return begun.take


@pytest.fixture
def history() -> History:
    """A source of 5.1 s and an extension to 9.6 s; by frame from 9.5 s on, and an extension of that."""
    found = History(plan_of("one", Step("2", "two", continuation=BY_FRAME), "three")).adopt("5.1")
    found.keep(found.lineage.roots[0], seconds="5.1")
    found.keep(found.make().take, seconds="9.6")
    by_frame(found, "9.5")
    found.keep(found.make().take, seconds="9.5")
    return found


def keys(history: History) -> list[TakeKey]:
    return list(history.lineage.takes)


def test_a_path_counts_through(history: History) -> None:
    """Which prompt made which seconds of the film, wherever those seconds are kept."""
    found = scenes(history.lineage, keys(history)[-1], places_of(views(history)))
    times = [(each.begins, each.ends) for each in found]
    assert times == [
        (Decimal(0), Decimal("5.1")),
        (Decimal("5.1"), Decimal("9.6")),
        (Decimal("9.5"), Decimal("14.5")),
        (Decimal("14.5"), Decimal("19.0")),
    ]
    text = path_text(found)
    assert "0:19.0 (19 s)" in text
    assert text.count("by frame") == 1
    assert [each["by_frame"] for each in path_json(found)] == [False, False, True, False]


def test_a_tree_counts_through(history: History) -> None:
    """The running length, and which takes go on from a last frame."""
    drawn = forest(history.lineage, views(history), history.now)
    text = tree_text(drawn)
    assert "0:19" in text
    assert "by frame: two" in text
    assert [each["film_seconds"] for each in tree_json(drawn)] == ["5.1", "9.6", "14.500", "19.000"]
    assert [each["seconds"] for each in tree_json(drawn)] == ["5.1", "9.6", "5", "9.5"]


def test_all_that_is_known_of_one(history: History) -> None:
    """From which frame it goes on, and where its seconds lie in the film."""
    shown = [show_text(history.lineage, key, {}, history.now, 200) for key in keys(history)]
    assert "the last frame at 9.5 s of " in shown[2]
    assert "which begin 0:09 into the film" in shown[2]
    assert "4.5 s more than its parent), 0:19 into the film" in shown[3]
    assert "into the film" not in shown[1]


def test_exports_tell_the_edges_apart(history: History) -> None:
    """An extension holds its parent, what goes on by frame does not: programs can tell."""
    lineage, third = history.lineage, keys(history)[2]
    assert node_of(lineage, third).gain == "+5.000 s by frame"
    assert dot(lineage).count("by frame") == mermaid(lineage).count("by frame") == 1
    derived = prov(lineage)["wasDerivedFrom"]
    assert derived[f"_:continues-{third}"]["prov:type"] == "o:LastFrame"
    assert f"_:extends-{keys(history)[3]}" in derived
    table = exported(lineage, Format.CSV).splitlines()
    assert "film_seconds" in table[0]
    assert ",14.5,5.0," in table[3]


def test_the_page_knows_where_a_file_begins(history: History) -> None:
    """Seconds of film on the axis, seconds of the file for the player."""
    found = contents(history.lineage, Telling({}, live_film), history.now)
    assert [node.get("before") for node in found["nodes"]] == [None, None, 9.5, 9.5]
    assert [(node["begins"], node["ends"]) for node in found["nodes"]][2:] == [(9.5, 14.5), (14.5, 19.0)]
    assert [node.get("frame") for node in found["nodes"]] == [None, None, 9.5, None]
    assert found["cap"] == 180


def test_the_axis_reaches_as_far_as_films_do() -> None:
    """Films of several segments may be longer than the cap."""
    step = Step("1", "on", repeat=FILL, continuation=BY_FRAME)
    history = History(plan_of(step, chain={"until": Decimal(182)})).adopt("178")
    history.keep(history.lineage.roots[0], seconds="178")
    by_frame(history, "177.9")
    assert contents(history.lineage, Telling({}, live_film), history.now)["cap"] == pytest.approx(182.9)


def test_news_count_through(history: History) -> None:
    """Whoever watches a run reads how long the film is by now."""
    told = [news(each.fact, history.lineage) or "" for each in history.facts]
    assert any("submitting by frame: two" in line for line in told)
    assert any("0:14 long" in line for line in told)


def test_stills_of_a_new_segment_lie_in_its_own_file(history: History) -> None:
    """A frame is looked for where its file has it, and a join between files has no picture beside it."""
    found = scenes(history.lineage, keys(history)[-1], {})
    assert _moments(found[2], seams=False) == [Decimal("2.5")]
    assert _moments(found[3], seams=False) == [Decimal("7.25")]
    assert Frames(Path("nowhere")).still(history.lineage, keys(history)[2], Still.BEFORE) is None


# ---- which seconds of which files make one film


def test_a_film_is_one_part_a_segment(history: History) -> None:
    """Each ends where the frame lies that the next one begins with, and its marks are in its own file."""
    first, second = parts(views(history), history.lineage)
    assert (first.since, first.until) == (Decimal(0), Decimal("9.5"))
    assert [(mark.title, mark.at) for mark in first.marks][1] == ("c · 1", Decimal("5.1"))
    assert (second.since, second.until) == (Decimal(0), None)
    assert [(mark.title, mark.at) for mark in second.marks] == [
        ("c · 2", Decimal(0)),
        ("c · 3", Decimal(5)),
    ]


def test_a_branch_by_frame_cuts_what_was_shown_before_it() -> None:
    """A chain that goes on by frame from the end of the one before it shows that frame once."""
    plan = plan_of("one")
    branch = Chain("b", Branch("c"), (Step("1", "on", continuation=BY_FRAME),))
    history = History(replace(plan, chains=(*plan.chains, branch))).adopt("5.1")
    history.keep(history.lineage.roots[0], seconds="5.1")
    history.keep(history.make().take, seconds="9.6")
    by_frame(history, "9.5")
    first, second = parts(views(history), history.lineage)
    assert (first.view.chain.name, first.until) == ("c", Decimal("9.5"))
    assert (second.view.chain.name, second.since) == ("b", Decimal(0))


def test_seconds_that_are_cut_away_give_no_part() -> None:
    """A branch whose only new seconds fade out before the frame is left out of the film."""
    plan = plan_of("one", Step("2", "two", continuation=BY_FRAME))
    source = replace(plan.chains[0], name="s", steps=())
    history = History(replace(plan, chains=(source, *plan.chains))).adopt("5.1")
    history.keep(history.lineage.roots[0], seconds="5.1")
    history.keep(history.make().take, seconds="9.6")
    by_frame(history, "5.0")
    first, second = parts(views(history), history.lineage)
    assert (first.view.chain.name, first.until) == ("s", None)
    assert second.marks[0].title == "c · 2"


# ---- what is foreseen, and what is watched


def test_a_forecast_speaks_of_segments() -> None:
    """How many there are, that each is an image call, and how many steps go on by frame."""
    step = Step("1", "on", repeat=FILL, continuation=Continuation(By.AUTO, "kling-v1-6"))
    plan = plan_of(step, chain={"until": Decimal(400)})
    history = History(plan).adopt("5.1")
    found = forecast(
        plan,
        views_of(plan, history.lineage, history.ledger, history.now, history.run),
        history.lineage,
        history.ledger,
        history.now,
    )
    text = forecast_text(found, 90)
    assert "3 segments, each beyond the first from the last frame of the one before" in text
    assert "2 by frame" in text
    assert "0:05 → 6:40–6:45" in text
    most = next(line for line in text.splitlines() if line.startswith("At most:"))
    assert "or extending is refused" in " ".join(text[text.index(most) :].split())
    (chain,) = forecast_json(found)["chains"]
    assert chain["segments"] == {"low": 3, "high": 3}
    assert chain["steps"][0]["by_frame"] == {"low": 2, "high": 2}


@pytest.mark.parametrize(("until", "goal"), [("400", 400), (None, 180)])
def test_a_chain_is_shown_against_its_own_goal(until: str | None, goal: int) -> None:
    """The bar of a film that goes beyond the cap is as long as the film is to be."""
    plan = plan_of(Step("1", "on", continuation=BY_FRAME), chain={"until": until and Decimal(until)})
    history = History(plan).adopt("5.1")
    progress = Progress([plan])
    for view in views(history):
        progress.planned(view)
    (line,) = progress.lines(history.now)
    assert line.goal == goal

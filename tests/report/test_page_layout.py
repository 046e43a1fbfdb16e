"""Where takes stand on the page: lanes that can be read, and seconds that are true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.plan import Step
from orchestrator.report.page.layout import lanes, stretch
from tests.histories import History, plan_of


def test_a_chain_is_one_strip() -> None:
    """The first child stays on its parent's lane, however long the chain."""
    assert lanes([None, 0, 1, 2, 3]) == [0] * 5


def test_branches_begin_lanes_below_and_no_line_crosses_a_box() -> None:
    """What branches off later in the film stands nearer, so lines down from a film cross nothing."""
    #      0 ─ 1 ─ 2 ─ 3
    #      │       └── 6
    #      ├── 4 ─ 5
    #      └── 7
    assert lanes([None, 0, 1, 2, 0, 4, 2, 0]) == [0, 0, 0, 0, 2, 2, 1, 3]


def test_roots_stand_below_one_another() -> None:
    """Each film from a source of its own begins a lane below all that grew from the one before."""
    assert lanes([None, None, 0, 0]) == [0, 2, 0, 1]
    assert lanes([]) == []


@st.composite
def forests(draw: st.DrawFn) -> list[int | None]:
    size = draw(st.integers(0, 40))
    return [draw(st.none() | st.integers(0, node - 1)) if node else None for node in range(size)]


@given(forests())
def test_lanes_are_a_drawing_of_the_forest(parents: list[int | None]) -> None:
    """Whatever the forest: one box a place, every lane a line of descent, branches below their parents."""
    found = lanes(parents)
    depth = [0] * len(parents)
    for node, parent in enumerate(parents):
        depth[node] = 0 if parent is None else depth[parent] + 1
    assert len({(found[node], depth[node]) for node in range(len(parents))}) == len(parents)
    assert sorted(set(found)) == list(range(len(set(found))))
    for node, parent in enumerate(parents):
        if parent is None:
            continue
        first = parents.index(parent) == node
        assert (found[node] == found[parent]) if first else (found[node] > found[parent])
        # Boxes between a parent's lane and its child's begin no earlier than the child.
        between = range(found[parent] + 1, found[node])
        assert all(depth[other] >= depth[node] for other in range(len(parents)) if found[other] in between)


def test_a_box_covers_just_the_seconds_its_step_added() -> None:
    """From its parent's length to its own; what is in the air begins where its parent ends."""
    history = History(plan_of("one", Step("2", "two", takes=2))).adopt()
    first = history.make()
    flying = history.start()
    lineage = history.lineage
    made = stretch(lineage, lineage.take(first.take))
    assert (made.begins, made.ends, made.sure) == (5.1, 9.6, True)
    waiting = stretch(lineage, lineage.take(flying.take))
    assert (waiting.begins, waiting.ends, waiting.sure) == (9.6, 14.6, False)


def test_unknown_lengths_are_drawn_as_guesses() -> None:
    """Where no length is known yet the boxes still follow one another, and say that they are guesses."""
    history = History(plan_of("one", "two")).adopt()
    begun = history.start()
    history.succeed(begun, gained=None)
    lineage = history.lineage
    unknown = stretch(lineage, lineage.take(begun.take))
    assert (unknown.begins, unknown.ends, unknown.sure) == (5.1, 10.1, False)

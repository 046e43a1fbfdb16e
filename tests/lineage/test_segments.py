"""A film of several segments: which files show it, and up to where."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.facts import VideoAdopted
from orchestrator.identity import TakeKey
from orchestrator.lineage import segments, titled
from orchestrator.plan import By, Continuation, Kind, Step
from tests.histories import History, plan_of

BY_FRAME = Continuation(By.FRAME)


def two_segments() -> History:
    """A source and an extension; then one by frame, and an extension of it."""
    history = History(plan_of("one", Step("2", "two", continuation=BY_FRAME), "three")).adopt("5.1")
    history.keep(history.lineage.roots[0], seconds="5.1")
    history.keep(history.make().take, seconds="9.6")
    begun = replace(history.begin(), frame_at=Decimal("9.5"))
    history.facts.pop()
    history.write(begun)
    history.succeed(history.accept(begun), "5")
    history.keep(begun.take, seconds="5.04")
    history.make()
    return history


def tip(history: History) -> TakeKey:
    return list(history.lineage.takes)[-1]


def test_each_segment_is_one_file() -> None:
    """The last video of a segment holds all of it; it is shown up to the frame that was taken."""
    history = two_segments()
    first, second = segments(history.lineage, tip(history))
    assert [len(first.videos), len(second.videos)] == [2, 2]
    assert (first.until, second.until) == (Decimal("9.5"), None)
    assert first.begins == (Decimal(0), Decimal("5.1"))
    assert second.begins == (Decimal(0), Decimal("5.04"))
    assert second.film.take == tip(history)


def test_the_film_is_as_long_as_what_is_shown_of_its_segments() -> None:
    """What lies behind the frame is not counted, and what is counted is whole milliseconds."""
    history = two_segments()
    (_, second) = segments(history.lineage, tip(history))
    assert second.videos[0].before == Decimal("9.500")
    assert second.film.film == Decimal("9.5") + Decimal(5) + Decimal("4.5")


def test_a_film_that_only_extends_is_one_segment() -> None:
    """Then its file is the film as it is."""
    history = History(plan_of("one")).adopt()
    begun = history.make()
    (only,) = segments(history.lineage, begun.take)
    assert only.until is None
    assert segments(history.lineage, TakeKey("nobody")) == ()


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("p:koi.2#3@1", "koi · 2#3"),
        ("p:koi.0", "koi · source"),
        ("p:koi", "koi · source"),
    ],
)
def test_a_chapter_is_called_after_its_step(place: str, title: str) -> None:
    """Chain and step, without what is not needed."""
    assert titled(place) == title


def test_every_take_begins_somewhere_in_the_film() -> None:
    """At its parent's end, at the frame it goes on from, or at the beginning; not known without a parent."""
    history = two_segments()
    begins = [history.lineage.begins(key) for key in history.lineage.takes]
    assert begins == [Decimal(0), Decimal("5.1"), Decimal("9.5"), Decimal("14.5")]
    roots = {history.lineage.root(key) for key in history.lineage.takes}
    assert roots == set(history.lineage.roots)
    fact = VideoAdopted(
        history.now, TakeKey("a"), "dmxapi", "t", "v", Kind.EXTEND, duration=Decimal(9), parent=TakeKey("b")
    )
    assert history.write(fact).lineage.begins(TakeKey("a")) is None

"""What persons said, and what was adopted, as the lineage keeps it: the last word counts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.facts import StepApproved, TakePicked, TakeRejected, VideoAdopted
from orchestrator.identity import existing_key
from orchestrator.lineage import is_forest
from orchestrator.plan import Existing, Kind
from tests.histories import ACCOUNT, NOW, History, plan_of


def test_rejecting_takes_back_the_pick_and_the_approval_and_picking_takes_back_the_rejection() -> None:
    """Whoever changes their mind is understood, in both directions."""
    history = History(plan_of("a")).adopt()
    wish = ("p", "c", history.make().step)
    history.write(TakePicked(NOW, *wish, 1), StepApproved(NOW, *wish))
    assert (history.lineage.picks, history.lineage.approved) == ({wish: 1}, {wish})
    history.write(TakeRejected(NOW, *wish, 1))
    assert (history.lineage.picks, history.lineage.approved) == ({}, set())
    assert history.lineage.rejected == {(*wish, 1)}
    history.write(TakePicked(NOW, *wish, 1))
    assert history.lineage.rejected == set()
    history.write(TakeRejected(NOW, *wish, 2))
    assert history.lineage.picks == {wish: 1}


def test_an_adopted_video_hangs_below_the_one_it_extends() -> None:
    """Where the provider tells the parent and the journal knows it, the two are joined, and stay so."""
    history = History(plan_of("a")).adopt()
    parent = history.lineage.take_of(ACCOUNT, "video-0")
    assert parent is not None
    assert history.lineage.take_of("other", "video-0") is None
    key = existing_key(ACCOUNT, Existing("task-1", "video-1"))
    fact = VideoAdopted(
        NOW, key, ACCOUNT, "task-1", "video-1", Kind.EXTEND, duration=Decimal("9.9"),
        parent_video="video-0", parent=parent,
    )  # fmt: skip
    history.write(fact)
    video = history.lineage.video(key)
    assert video is not None
    assert (video.parent, video.model_name) == (parent, "kling-v1-6")
    assert history.lineage.children == {parent: [key]}
    assert [each.take for each in history.lineage.path(key)] == [parent, key]
    assert is_forest(history.lineage)
    history.write(replace(fact, parent=None))
    assert history.lineage.children == {parent: [key]}
    assert history.lineage.take(key).parent == parent

"""Which kept files nobody needs: what goes, what stays, and what only force may take."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator.facts import RunBegan, TakePicked, VideoLost
from orchestrator.identity import TakeKey
from orchestrator.plan import Branch, By, Chain, Continuation, Pick, Step
from orchestrator.planner import Keeping, Thinning, thinning
from tests.histories import History, plan_of, steps
from tests.report.pond import views


def begun(history: History) -> History:
    """Its run has begun, so that its plan is one of the journal's."""
    plan = history.plan
    return history.write(RunBegan(history.now, "run-1", plan.name, None, plan.digest, plan.text))


def thinned(history: History, keeping: Keeping, among: frozenset[TakeKey] | None = None) -> Thinning:
    """What is decided at the end of a history."""
    return thinning(history.lineage, views(history), keeping, history.now, among)


def going(history: History, keeping: Keeping) -> list[str | None]:
    """The prompts of the files that go; the adopted source has none."""
    return [prompt(history, video.take) for video in thinned(history, keeping).going]


def prompt(history: History, take: TakeKey) -> str | None:
    last = history.lineage.take(take).last
    return f"{last.begun.prompt}@{last.begun.take_number}" if last else None


def three() -> History:
    """A chain of three steps, the second with two takes, the first of which is picked."""
    history = begun(History(plan_of("one", Step("2", "two", takes=2), "three"))).adopt()
    history.keep(history.lineage.roots[0])
    for _ in range(4):
        history.make()
    assert not history.submits()
    return history


def test_all_is_all() -> None:
    """Nothing is removed that was asked to be kept."""
    assert thinned(three(), Keeping.ALL) == Thinning((), ())


def test_tips_are_whole_films() -> None:
    """Only the longest film stays: every other file is a beginning of it, or was not picked."""
    assert going(three(), Keeping.TIPS) == [None, "one@1", "two@1", "two@2"]


def test_picked_is_the_way_to_the_tip() -> None:
    """A file on the way to a film is removed, or a take that was not picked stays."""
    assert going(three(), Keeping.PICKED) == ["two@2"]


def test_a_tip_whose_own_file_is_not_here_yet() -> None:
    """The longest film that is on the disk is removed because a longer one is still to come."""
    history = begun(History(plan_of("one", "two"))).adopt()
    history.make()
    history.succeed(history.start())
    assert going(history, Keeping.TIPS) == []
    history.keep(history.lineage.videos()[-1].take)
    assert going(history, Keeping.TIPS) == ["one@1"]


@pytest.mark.parametrize("keeping", [Keeping.TIPS, Keeping.PICKED])
def test_takes_that_wait_for_a_pick_stay(keeping: Keeping) -> None:
    """Somebody who is asked to choose finds nothing to look at."""
    history = begun(History(plan_of(Step("1", "one", takes=2, pick=Pick.ASK), "two"))).adopt()
    history.make()
    history.make()
    assert going(history, keeping) == []
    wish = history.lineage.take(history.lineage.videos()[-1].take).step
    assert wish is not None
    history.write(TakePicked(history.now, "p", "c", wish, 2))
    assert going(history, keeping) == ["one@1"]


def test_every_chain_has_its_tip() -> None:
    """A film that another chain grew past, or branched from, is removed."""
    night = Chain("night", Branch("c", "1"), steps("夜"))
    plan = plan_of("one", "two")
    history = begun(History(replace(plan, chains=(*plan.chains, night)))).adopt()
    for _ in range(3):
        history.make()
    assert going(history, Keeping.TIPS) == ["one@1"]
    assert going(history, Keeping.PICKED) == []


def test_what_an_edit_left_behind_goes() -> None:
    """Side branches that no plan wants fill the disk for ever."""
    history = three()
    history.plan = plan_of("one", Step("2", "two", takes=2), "drei")
    history.make()
    assert going(history, Keeping.TIPS) == [None, "one@1", "two@1", "three@1", "two@2"]
    assert going(history, Keeping.PICKED) == ["three@1", "two@2"]


def test_what_was_made_outside_of_plans_stays() -> None:
    """A video that a person adopted or extended by hand is removed because no plan names it."""
    history = three()
    history.facts = [each for each in history.facts if not isinstance(each.fact, RunBegan)]
    other = plan_of("else", source=replace(history.plan.chains[0].source, video_id="v", task_id="t"))  # type: ignore[arg-type]
    history.plan = other
    assert going(history, Keeping.TIPS) == []


def test_what_cannot_be_brought_back_is_spared() -> None:
    """The only copy of something is removed without force."""
    history = three()
    history.later(days=28)
    assert len(thinned(history, Keeping.TIPS).going) == 4
    history.later(days=1, hours=1)
    assert thinned(history, Keeping.TIPS).going == ()
    assert len(thinned(history, Keeping.TIPS).spared) == 4


def test_unknown_ages_and_unseen_videos_are_spared() -> None:
    """A video that the provider never showed, or said to have lost, is taken for one it will show."""
    history = begun(History(plan_of("one"))).adopt(seen=False)
    root = history.lineage.roots[0]
    history.keep(root)
    history.make()
    assert [video.take for video in thinned(history, Keeping.TIPS).spared] == [root]
    history = three().write(VideoLost(history.now + timedelta(hours=1), root, "purged"))
    assert root in [video.take for video in thinned(history, Keeping.TIPS).spared]


def test_a_file_that_alone_knows_its_length_stays() -> None:
    """A chain could not go on, because the running length went with the file."""
    history = begun(History(plan_of("one", "two"))).adopt()
    made = history.start()
    history.succeed(made, None)
    history.keep(made.take, "9.6")
    history.make()
    assert history.lineage.video(made.take).length == Decimal("9.6")  # type: ignore[union-attr]
    assert going(history, Keeping.TIPS) == []


def test_only_among_these() -> None:
    """Naming one plan removes the files of another."""
    history = three()
    first = history.lineage.videos()[1].take
    assert [video.take for video in thinned(history, Keeping.TIPS, frozenset({first})).going] == [first]


def test_the_end_of_every_segment_is_part_of_the_film() -> None:
    """A film that went on from a last frame is in two files: the one the frame was taken of stays."""
    by_frame = Step("2", "two", continuation=Continuation(By.FRAME))
    history = begun(History(plan_of("one", by_frame, "three"))).adopt()
    history.keep(history.lineage.roots[0])
    for _ in range(3):
        history.make()
    assert going(history, Keeping.TIPS) == [None, "two@1"]

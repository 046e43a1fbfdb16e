"""The lineage that facts add up to, and the graph that networkx asks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import networkx
import pytest

from orchestrator.facts import (
    ChainStopped,
    FileDropped,
    Recorded,
    RunBegan,
    TaskSucceeded,
    Verdict,
    VideoAdopted,
    VideoLost,
)
from orchestrator.identity import TakeKey
from orchestrator.lineage import (
    Echo,
    Lineage,
    ancestors,
    branchings,
    descendants,
    is_forest,
    node_link,
    take_after,
)
from orchestrator.plan import Kind, Step
from tests.histories import NOW, SOURCE, History, generation, plan_of, task_of


def two_takes_and_a_child() -> tuple[History, list[TakeKey]]:
    history = History(plan_of(Step("1", "one", takes=2), "two")).adopt()
    root = history.facts[0].fact.take  # type: ignore[union-attr]
    first = history.make()
    order = [submit.prompt for submit in history.submits()]
    second = history.make(order.index("one"))
    child = history.make()
    return history, [root, first.take, second.take, child.take]


def test_the_graph_answers_what_grew_out_of_what() -> None:
    """Ancestors, descendants and branchings are those of the videos, and the graph is a forest."""
    history, (root, first, second, child) = two_takes_and_a_child()
    lineage = history.lineage
    assert ancestors(lineage, child) == {root, first}
    assert descendants(lineage, root) == {first, second, child}
    assert branchings(lineage) == (root,)
    assert is_forest(lineage)
    assert is_forest(Lineage())
    assert [video.take for video in lineage.path(child)] == [root, first, child]
    assert lineage.roots == [root]


def test_node_link_data_comes_back_as_the_same_graph() -> None:
    """The JSON export is read by networkx itself, attributes included."""
    history, (root, first, _, child) = two_takes_and_a_child()
    read = networkx.node_link_graph(node_link(history.lineage, [root, first, child]), edges="edges")
    assert set(read.edges) == {(root, first), (first, child)}
    assert read.nodes[child]["prompt"] == "two"
    assert read.nodes[root]["task_id"] == SOURCE.task_id
    assert "prompt" not in read.nodes[root]


def test_a_take_that_is_not_known_is_empty() -> None:
    """Asking for what was never begun gives an empty take, not an error."""
    lineage = Lineage()
    take = lineage.take(TakeKey("x"))
    assert (take.video, take.last, take.step, take.parent) == (None, None, None, None)
    assert lineage.account_of(TakeKey("x")) is None


def test_extensions_inherit_model_and_mode() -> None:
    """What an extension costs and takes is decided by its source's model; the chain carries it on."""
    history = History(plan_of("one", "two")).adopt()
    history.make()
    last = history.make()
    video = history.lineage.video(last.take)
    assert video is not None
    assert (video.model_name, video.mode) == ("kling-v1-6", "std")


def test_a_file_may_be_dropped_lost_and_kept_again() -> None:
    """Dropping a file on purpose is not losing it, and a file brought back counts again."""
    history = History(plan_of("one")).adopt()
    key = history.facts[0].fact.take  # type: ignore[union-attr]
    assert history.lineage.unkept == {key: None}
    history.keep(key)
    assert history.lineage.unkept == {}
    history.write(FileDropped(history.now, key, "gc"))
    video = history.lineage.video(key)
    assert video is not None
    assert (video.kept, video.wants_keeping) == (None, False)
    history.write(VideoLost(history.now, key, "purged"))
    history.keep(key)
    video = history.lineage.video(key)
    assert video is not None
    assert video.kept is not None
    assert (video.lost, video.dropped) == (None, None)


def test_an_end_stays_as_it_was_first_told() -> None:
    """A second answer about the same attempt changes nothing, except that success is the truth."""
    history = History(plan_of("one")).adopt()
    begun = history.start()
    history.fail(begun)
    history.fail(begun, message="another word")
    end = history.lineage.take(begun.take).attempts[0].end
    assert end is not None
    assert end.message == "bad luck"  # type: ignore[union-attr]
    history.succeed(begun)
    assert isinstance(history.lineage.take(begun.take).attempts[0].end, TaskSucceeded)
    assert history.lineage.video(begun.take) is not None


def test_abandoning_lets_an_accepted_task_go() -> None:
    """After a person's `abandon` the slot is free and the task is no longer waited for."""
    history = History(plan_of("one")).adopt()
    begun = history.start()
    history.resolve(begun, Verdict.ABANDONED)
    (attempt,) = history.lineage.take(begun.take).attempts
    assert not attempt.open
    assert not attempt.holds_slot(history.now)


def test_a_task_named_by_a_person_is_known_as_ours() -> None:
    """A task id from `resolve` is never offered as somebody else's candidate again."""
    history = History(plan_of("one")).adopt()
    begun = history.begin()
    history.resolve(begun, Verdict.TASK, "task-9")
    lineage = history.lineage
    assert lineage.tasks["task-9"] == begun.take
    attempt = lineage.take(begun.take).attempts[0]
    assert (attempt.task_id, attempt.tasked_at) == ("task-9", history.now)


def test_an_id_of_ours_that_was_echoed_is_remembered() -> None:
    """Absence is believed only where the provider finds another attempt by the id we gave it."""
    history = History(plan_of("one", "two")).adopt()
    begun = history.start()
    began = history.facts[-2]
    history.facts[-2] = replace(began, fact=replace(begun, external_id="ours"))
    history.succeed(begun, echoed=True)
    assert history.lineage.echoes == {("dmxapi", Kind.EXTEND): Echo("ours", task_of(begun))}
    assert history.lineage.durations == {("dmxapi", Kind.EXTEND, "kling-v1-6"): (320.0,)}


def test_a_task_without_an_end_teaches_no_duration() -> None:
    """Where the provider does not say when a task ended, nothing is learned from it."""
    history = History(plan_of("one")).adopt()
    begun = history.start()
    history.write(TaskSucceeded(history.now, begun.take, 1, task_of(begun), "v", Decimal("9.9"), history.now))
    assert history.lineage.durations == {}
    assert history.lineage.increments == {("dmxapi", "kling-v1-6"): [Decimal("4.8")]}


def test_what_a_run_left_is_remembered_for_people() -> None:
    """The newest text of every plan and how its chains stopped are there for `status` and `resume`."""
    began = RunBegan(NOW, "r", "p", "p.yaml", "d", "text")
    stopped = ChainStopped(NOW, "r", "p", "c", "done", "all")
    lineage = Lineage([Recorded(1, began), Recorded(2, stopped)])
    assert lineage.plans == {"p": began}
    assert lineage.stops == {("p", "c"): stopped}


def test_facts_out_of_order_are_our_bug() -> None:
    """A lineage is only ever built in the journal's order."""
    began = RunBegan(NOW, "r", "p", None, "d", "")
    lineage = Lineage([Recorded(2, began)])
    with pytest.raises(AssertionError):
        lineage.apply(Recorded(2, began))


def test_a_fact_about_nothing_is_our_bug() -> None:
    """A fact about an attempt that never began cannot be folded silently."""
    history = History(plan_of("one")).adopt()
    begun = history.start()
    stray = Lineage()
    with pytest.raises(AssertionError):
        take_after(stray.take(begun.take), 1, history.facts[-1].fact)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        take_after(stray.take(begun.take), 1, VideoLost(NOW, begun.take, "no"))


def test_expiry_counts_from_the_task_itself() -> None:
    """A video is purged 30 days after its own creation; unknown stays unknown."""
    history = History(plan_of("one")).adopt()
    video = history.lineage.videos()[0]
    assert video.expires == NOW + timedelta(days=30)
    fact = history.facts[0].fact
    assert isinstance(fact, VideoAdopted)
    unknown = Lineage(
        [Recorded(1, VideoAdopted(NOW, fact.take, "dmxapi", "t", "v", duration=Decimal(5), created_at=None))]
    ).videos()[0]
    assert unknown.expires is None


def test_a_generation_is_a_root_of_its_own() -> None:
    """A generated source has no parent and begins a tree."""
    history = History(plan_of("one", source=generation()))
    made = history.make(gained="5.04")
    assert history.lineage.roots == [made.take]
    assert history.lineage.steps[made.step] == {1: made.take}
    assert task_of(made) in history.lineage.tasks


def test_a_parent_that_nobody_knows_gives_no_model() -> None:
    """A child whose parent is not in this journal is kept, without guessing what it inherits."""
    history = History(plan_of("one", "two")).adopt()
    history.make()
    orphan = History(history.plan, facts=[])
    orphan.facts = [
        Recorded(index, each.fact)
        for index, each in enumerate(
            (each for each in history.facts if not isinstance(each.fact, VideoAdopted)), 1
        )
    ]
    video = orphan.lineage.videos()[0]
    assert video.model_name is None


def test_a_video_whose_parent_is_not_known_begins_its_own_film() -> None:
    """An adopted extension of something that this journal never saw is taken as it is."""
    fact = VideoAdopted(
        NOW, TakeKey("a"), "dmxapi", "t", "v", Kind.EXTEND, duration=Decimal(9), parent=TakeKey("gone")
    )
    video = Lineage([Recorded(1, fact)]).video(TakeKey("a"))
    assert video is not None
    assert (video.before, video.film) == (Decimal(0), Decimal(9))


def test_an_adopted_extension_knows_its_own_model() -> None:
    """What the plan says of a model is not overwritten by what is known of its parent."""
    history = History(plan_of("one")).adopt()
    parent = history.lineage.roots[0]
    fact = VideoAdopted(
        NOW, TakeKey("a"), "dmxapi", "t", "v", Kind.EXTEND, "kling-v1", "pro", Decimal(9), parent=parent
    )
    video = history.write(fact).lineage.video(TakeKey("a"))
    assert video is not None
    assert (video.model_name, video.mode) == ("kling-v1", "pro")


def test_takes_are_named_by_any_of_their_ids() -> None:
    """A key, a task or a video names its take, and so do enough of their first letters."""
    history = History(plan_of("one", "two")).adopt()
    made = history.make()
    lineage, key = history.lineage, made.take
    video = lineage.video(key)
    assert video is not None
    assert lineage.named(key) == lineage.named(video.task_id) == lineage.named(video.video_id) == (key,)
    assert lineage.named(key[:8]) == (key,)
    assert lineage.named(key[:3]) == lineage.named("nothing") == ()
    assert lineage.begun_at("p:c.1") == lineage.begun_at("c.1") == (key,)
    assert lineage.begun_at("c.2") == ()


def test_what_was_made_for_a_plan_is_counted_and_told() -> None:
    """Beginnings of a chain are told in order; what another plan began counts for that one."""
    history = History(plan_of("one", "two")).adopt()
    first = history.make()
    second = history.start()
    lineage = history.lineage
    assert lineage.begun_for("p", "c") == [first, second]
    assert lineage.begun_for("p", "other") == ()
    assert (lineage.made_for("p"), lineage.made_for("q")) == (1, 0)
    assert lineage.root(second.take) == lineage.roots[0]


def test_the_newest_run_is_known_by_its_first_word() -> None:
    """A run of several plans began with the first of them."""
    began = RunBegan(NOW, "r", "p", None, "d", "")
    lineage = Lineage([Recorded(1, began), Recorded(2, replace(began, plan="q"))])
    assert lineage.began == Recorded(1, began)
    lineage.apply(Recorded(3, replace(began, run="s")))
    assert lineage.began == Recorded(3, replace(began, run="s"))


def test_a_replayed_lineage_leaves_nothing_out() -> None:
    """Which plans may want something, or may be told without their text: it cannot tell, so all, and none."""
    began = RunBegan(NOW, "r", "p", None, "d", "")
    lineage = Lineage([Recorded(1, began)])
    assert list(lineage.plans_from({"x"})) == list(lineage.plans_with("c")) == ["p"]
    assert lineage.settled("p") is None


def test_task_times_are_told_of_the_model_most_is_known_of() -> None:
    """A forecast for an account looks at one history, the longest."""
    history = History(plan_of("one")).adopt()
    assert history.lineage.usual("dmxapi", Kind.EXTEND) == ()
    history.make()
    assert history.lineage.usual("dmxapi", Kind.EXTEND) == (320.0,)


def test_what_is_open_is_under_way_and_may_need_a_person() -> None:
    """Until an attempt has ended, its chain is under way; a replayed lineage rules none of them out."""
    history = History(plan_of("one", "two")).adopt()
    assert not history.lineage.doubtful(NOW)
    assert not history.lineage.under_way
    begun = history.start()
    assert set(history.lineage.doubtful(NOW)) == {begun.take}
    assert set(history.lineage.under_way) == {("p", "c")}
    history.succeed(begun)
    assert not history.lineage.doubtful(NOW)
    assert not history.lineage.under_way

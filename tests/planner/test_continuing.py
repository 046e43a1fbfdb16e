"""Going on beyond what can be extended: how the next video is made, and that nothing is paid for twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.facts import FileDropped, Reason, TakeRetried, VideoLost
from orchestrator.identity import step_key, take_key
from orchestrator.plan import CAP, FILL, Branch, By, Chain, Continuation, Existing, Kind, Plan, Step
from orchestrator.planner import (
    Action,
    Ending,
    Finish,
    Keep,
    Planner,
    Submit,
    Wait,
    forecast,
    views_of,
)
from tests.histories import SOURCE, History, plan_of

AUTO = Continuation(By.AUTO, model_name="kling-v1-6", mode="pro")
FRAME = replace(AUTO, by=By.FRAME)


def going(*prompts: str, how: Continuation = AUTO, **more: Any) -> tuple[Step, ...]:
    """Steps that all go on in this way."""
    return tuple(
        Step(str(number), prompt, continuation=how, **more) for number, prompt in enumerate(prompts, 1)
    )


def begun(*prompts: str, length: str = "5.1", how: Continuation = AUTO, **chain: Any) -> History:
    """A source of that length, adopted and kept, and steps that go on in this way."""
    history = History(plan_of(*going(*prompts, how=how), chain=chain)).adopt(length)
    history.keep(history.facts[0].fact.take, seconds=length)  # type: ignore[union-attr]
    return history


def kinds(history: History) -> list[Kind]:
    return [submit.kind for submit in history.submits()]


def only(history: History) -> Action:
    (action,) = history.chain()
    return action


UNSUPPORTED = "This video not supported extend-video"


def refused(history: History, message: str = UNSUPPORTED, code: str = "1201") -> None:
    """The planner's submission is declined by the provider because of its source."""
    history.decline(history.begin(), Reason.REFUSED, message, code)


@pytest.mark.parametrize(
    ("how", "length", "kind"),
    [
        (Continuation(), "5.1", Kind.EXTEND),
        (AUTO, "5.1", Kind.EXTEND),
        (AUTO, "175.0", Kind.EXTEND),
        (AUTO, "175.1", Kind.IMAGE),
        (FRAME, "5.1", Kind.IMAGE),
        (FRAME, "180", Kind.IMAGE),
    ],
)
def test_how_a_step_goes_on(how: Continuation, length: str, kind: Kind) -> None:
    """Extending by default, by frame where the plan says so, and under auto where the cap ends it."""
    (submit,) = begun("one", length=length, how=how).submits()
    assert submit.kind is kind
    assert submit.because.startswith("goes on from the last frame") == (how is AUTO and kind is Kind.IMAGE)


def test_a_frame_is_priced_as_the_generation_it_is() -> None:
    """Model, mode and length of the generation decide its units, and `image` its price; not the source's."""
    how = Continuation(By.FRAME, model_name="kling-v1", mode="pro", duration="10")
    (submit,) = begun("one", how=how).submits()
    assert (submit.units, submit.by_frame) == (Decimal(7), True)
    (extension,) = begun("one").submits()
    assert (extension.units, extension.by_frame) == (Decimal(2), False)


def test_the_parameters_of_a_frame_are_in_its_key_and_not_in_an_extensions() -> None:
    """What is sent decides reuse: another model makes a new video, but the default keys stay as released."""
    parent = take_key(step_key(take_key("s", 1), Kind.EXTEND, Step("1", "a"), "a"), 1)  # type: ignore[arg-type]
    plain, auto = Step("1", "a"), Step("1", "a", continuation=AUTO)
    assert step_key(parent, Kind.EXTEND, plain, "a") == step_key(parent, Kind.EXTEND, auto, "a")
    keys = {
        step_key(parent, Kind.IMAGE, Step("1", "a", continuation=how), "a")
        for how in (AUTO, Continuation(), replace(AUTO, duration="10"), replace(AUTO, mode="std"))
    }
    assert len(keys) == 4
    assert step_key(parent, Kind.IMAGE, auto, "a") in keys


def test_the_cap_counts_by_segment() -> None:
    """After a last frame there is room again, and the film is as long as all segments together."""
    history = begun("one", "two", length="176")
    made = history.make(gained="5")
    video = history.lineage.video(made.take)
    assert video is not None
    assert video.by_frame
    assert (video.before, video.film) == (Decimal(176), Decimal(181))
    assert kinds(history) == [Kind.EXTEND]


def test_what_is_left_out_at_the_end_is_not_counted() -> None:
    """A frame before a fade to black ends its segment there, whatever the provider says of its length."""
    history = begun("one", length="176")
    begin = replace(history.begin(), frame_at=Decimal("170.5"))
    history.facts.pop()
    history.write(begin)
    history.succeed(history.accept(begin), "5")
    video = history.lineage.video(begin.take)
    assert video is not None
    assert video.before == Decimal("170.5")


def test_an_extension_carries_what_came_before_its_segment() -> None:
    """The film before a segment is counted for every video of it, and model and mode are the segment's."""
    history = begun("one", "two", length="176")
    history.make(gained="5")
    second = history.make(gained="4.5")
    video = history.lineage.video(second.take)
    assert video is not None
    assert (video.before, video.film, video.by_frame) == (Decimal(176), Decimal("185.5"), False)
    assert history.lineage.segment(video) == second.parent


@pytest.mark.parametrize(
    ("length", "until", "ending"),
    [("5.1", None, None), ("180", None, None), ("180", "180", Ending.DONE), ("180", "181", None)],
)
def test_until_speaks_of_the_film(length: str, until: str | None, ending: Ending | None) -> None:
    """Beyond the cap a chain goes on until its goal, and without one until all its steps are made."""
    chain: dict[str, Any] = {} if until is None else {"until": Decimal(until)}
    action = only(begun("one", length=length, **chain))
    assert (action.ending if isinstance(action, Finish) else None) is ending


def test_filling_without_a_goal_ends_at_three_minutes() -> None:
    """`repeat: fill` never runs on for ever, however much further a last frame would lead."""
    plan = plan_of(Step("1", "on", repeat=FILL, continuation=FRAME))
    assert plan.chains[0].goal == CAP
    assert plan_of(*going("one")).chains[0].goal.is_infinite()


def test_an_extension_that_the_cap_forbids_still_ends_a_chain() -> None:
    """Where one step may not go on by frame, what is left over there is left over as ever."""
    steps = (*going("one"), Step("2", "two"), Step("3", "three", repeat=FILL))
    history = History(plan_of(*steps, chain={"until": Decimal(400)})).adopt("176")
    history.keep(history.facts[0].fact.take, seconds="176")  # type: ignore[union-attr]
    history.make(gained="177")
    assert isinstance(action := only(history), Finish)
    assert action.ending is Ending.CAPPED


def test_a_chain_that_only_extends_counts_its_own_segment() -> None:
    """Branched off a film of several segments and without a goal, it fills the segment, not the film."""
    plan = plan_of(*going("one", "two"))
    branch = Chain("b", Branch("c"), (Step("1", "on", repeat=FILL),))
    history = History(replace(plan, chains=(*plan.chains, branch))).adopt("176")
    history.keep(history.facts[0].fact.take, seconds="176")  # type: ignore[union-attr]
    history.make(gained="5")
    history.make(gained="5")
    (submit,) = history.submits()
    assert (submit.place.chain, submit.kind) == ("b", Kind.EXTEND)


# ---- under auto: refusals, ages, and what stands


def test_a_refused_source_goes_on_by_frame() -> None:
    """The provider's refusal costs nothing, and the step is made from the last frame instead."""
    history = begun("one")
    refused(history)
    (submit,) = history.submits()
    assert (submit.kind, submit.number) == (Kind.IMAGE, 1)
    assert "not supported extend-video" in submit.because


def test_without_auto_a_refusal_ends_the_chain() -> None:
    """`extend` is not left behind by itself: the author says what else may be paid for."""
    history = begun("one", how=Continuation())
    refused(history)
    assert isinstance(action := only(history), Finish)
    assert action.ending is Ending.REFUSED


def test_a_refusal_is_remembered_by_later_runs() -> None:
    """A resume needs no second refusal to know how to go on, and pays for nothing twice."""
    history = begun("one", "two")
    refused(history)
    assert kinds(history.again()) == [Kind.IMAGE]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("The model is discontinued", Kind.IMAGE),
        ("it may be purged or discontinued: Video not found", Kind.EXTEND),
        ("bad parameter", Kind.EXTEND),
    ],
)
def test_what_speaks_of_the_model_holds_for_all_its_videos(message: str, kind: Kind) -> None:
    """A retired model is refused once; other refusals hold for the segment, and the next one is tried."""
    history = begun("one", "two")
    refused(history, message, "1203")
    history.make(gained="5")
    assert kinds(history) == [kind]


def test_another_prompt_is_not_tried_where_its_source_was_refused() -> None:
    """It is the parent that cannot be extended, whatever is asked for."""
    history = begun("one")
    refused(history, "bad parameter")
    history.plan = plan_of(*going("another"))
    assert kinds(history) == [Kind.IMAGE]


def test_a_refusal_of_the_prompt_is_none_of_the_source() -> None:
    """Moderation asks for other words, and a declined account for a person; neither is gone round."""
    history = begun("one")
    history.decline(history.begin(), Reason.MODERATION)
    assert isinstance(action := only(history), Finish)
    assert action.ending is Ending.REFUSED


def test_a_refused_parameter_is_none_of_the_source() -> None:
    """What the source's model does not take is for the author to leave out, and no reason to pay for more."""
    history = begun("one")
    refused(history, "negative_prompt and cfg_scale are not supported for kling-v1 videos")
    assert isinstance(action := only(history), Finish)
    assert action.ending is Ending.REFUSED


def test_a_person_can_have_extending_tried_again() -> None:
    """`retry` takes a refusal back, for the video and for its model."""
    history = begun("one")
    refused(history)
    declined = history.lineage.steps
    (take,) = next(iter(declined.values())).values()
    history.write(TakeRetried(history.now, take))
    assert kinds(history) == [Kind.EXTEND]


def test_what_is_extended_after_all_is_refused_no_more() -> None:
    """The newest word of the provider counts: a chain that still tries it shows the way."""
    history = begun("one")
    refused(history)
    other = History(plan_of("other")).write(*[each.fact for each in history.facts]).again()
    other.start()
    history.facts = other.facts
    assert kinds(history) == [Kind.IMAGE], "what was refused in this run is not asked for again in it"
    assert kinds(history.again()) == [Kind.EXTEND]


def test_what_expired_goes_on_by_frame() -> None:
    """The provider forgets a video after 30 days, its file here does not."""
    history = begun("one").later(days=30)
    (submit,) = history.submits()
    assert submit.kind is Kind.IMAGE
    assert "is purged" in submit.because
    extending = begun("one", how=Continuation()).later(days=30)
    assert isinstance(action := only(extending), Finish)
    assert action.ending is Ending.EXPIRED


def test_what_is_made_by_extension_stays() -> None:
    """A step made before is used again under auto, however the cap, the age or a refusal look by now."""
    history = begun("one", "two", how=Continuation())
    made = history.make()
    history.plan = plan_of(*going("one", "two"))
    history.later(days=30)
    (submit,) = history.submits()
    assert (submit.kind, submit.parent and submit.parent.take) == (Kind.IMAGE, made.take)


def test_what_is_made_by_frame_stays() -> None:
    """A step made from a last frame is used again, though extending would be possible by now."""
    history = begun("one", "two", how=FRAME)
    made = history.make(gained="5")
    history.plan = plan_of(*going("one", "two"))
    (submit,) = history.submits()
    assert (submit.kind, submit.parent and submit.parent.take) == (Kind.EXTEND, made.take)


def test_what_was_made_first_stands() -> None:
    """Made in both ways for different plans, a step under auto keeps what it had."""
    history = begun("one", how=FRAME)
    first = history.make(gained="5")
    history.plan = plan_of("one")
    history.make()
    history.plan = plan_of(*going("one"))
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    assert view.tip is not None
    assert view.tip.take == first.take


def test_what_is_in_the_air_is_waited_for() -> None:
    """An extension whose outcome nobody knows is found out about, never made in the other way as well."""
    history = begun("one")
    history.begin()
    history.later(days=30)
    assert kinds(history) == []


def test_every_way_a_step_may_be_made_can_change_its_chain() -> None:
    """A run plans a chain anew when the step is made in the other way by somebody else."""
    history = begun("one")
    view = Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)
    source = history.lineage.roots[0]
    step = history.plan.chains[0].steps[0]
    for kind in (Kind.EXTEND, Kind.IMAGE):
        assert take_key(step_key(source, kind, step, "one"), 1) in view.consulted


# ---- the file that a frame is taken from


def unkept(how: Continuation = FRAME, *, seen: bool = True) -> History:
    return History(plan_of(*going("one", how=how))).adopt("5.1", seen=seen)


def test_a_frame_waits_for_its_file() -> None:
    """Nothing is submitted before the film is here, and nothing is submitted in its place."""
    assert isinstance(only(unkept()), Wait)


def test_a_removed_file_is_brought_back() -> None:
    """What `gc` removed is fetched again, which is free, once its last frame is wanted."""
    history = begun("one", how=FRAME)
    source = history.lineage.roots[0]
    history.write(FileDropped(history.now, source, "gc"))
    action = only(history)
    assert isinstance(action, Keep)
    assert action.take == source


@pytest.mark.parametrize("seen", [True, False])
def test_without_any_file_the_chain_ends(seen: bool) -> None:
    """A film that cannot be had any more has no last frame: said plainly, and nothing is paid."""
    history = unkept(seen=seen)
    if seen:
        history.write(VideoLost(history.now, history.lineage.roots[0], "purged"))
    action = only(history)
    assert isinstance(action, Finish)
    assert action.ending is Ending.EXPIRED


# ---- what is foreseen


def foreseen(history: History) -> Any:
    views = views_of(history.plan, history.lineage, history.ledger, history.now, history.run)
    return forecast(history.plan, views, history.lineage, history.ledger, history.now)


def filled(until: str, how: Continuation = AUTO, **more: Any) -> Plan:
    step = Step("1", "on", repeat=FILL, continuation=how)
    return plan_of(step, chain={"until": Decimal(until)}, **more)


def test_a_film_of_three_segments_is_foreseen() -> None:
    """400 s are three segments: counted, priced by kind, and as long as they will be."""
    history = History(filled("400")).adopt("5.1")
    found = foreseen(history)
    (chain,) = found.chains
    assert (chain.segments.low, chain.segments.high) == (3, 3)
    assert chain.length is not None
    assert (chain.length.low, chain.length.high) == (Decimal(400), Decimal(405))
    (step,) = chain.steps
    assert (step.frames.low, step.frames.high) == (2, 2)
    assert 78 <= step.times.low < step.times.high <= 99


def test_frames_alone_are_foreseen() -> None:
    """By frame, every step is a segment of five seconds, and an image call."""
    found = foreseen(History(filled("30", FRAME)).adopt("5"))
    (chain,) = found.chains
    assert (chain.segments.low, chain.segments.high) == (6, 6)
    assert found.high.units == Decimal("17.5")
    assert (chain.length.low, chain.length.high) == (Decimal(30), Decimal(35))


def test_what_a_refusal_would_cost_is_in_the_most() -> None:
    """Should extending be refused, images are paid for: what a person agrees to covers that."""
    plain = foreseen(History(plan_of("one")).adopt("5.1")).ceiling
    auto = foreseen(History(plan_of(*going("one"))).adopt("5.1"))
    assert auto.ceiling.units == Decimal("3.5") * 2
    assert plain.units == Decimal(2) * 2
    assert auto.high.units == Decimal(2)


def test_a_known_refusal_is_foreseen() -> None:
    """Once it is known that a model cannot be extended, only images are counted, this step and after it."""
    history = begun("one", "two", "three")
    refused(history)
    (chain,) = foreseen(history).chains
    assert (chain.segments.low, chain.segments.high) == (4, 4)
    assert chain.high.units == Decimal("10.5")


def test_a_step_in_the_air_is_foreseen_as_it_is_made() -> None:
    """What goes on from a last frame while it is being made begins a segment, whatever the cap says."""
    history = begun("one", "two", how=FRAME, until=Decimal(12))
    history.start()
    (chain,) = foreseen(history).chains
    assert (chain.segments.low, chain.segments.high) == (3, 3)


@pytest.mark.parametrize("shared", [False, True])
def test_a_frame_that_waits_for_its_file_is_foreseen(shared: bool) -> None:
    """It is counted once, for whichever chain it is made, though nothing can be submitted yet."""
    history = unkept()
    if shared:
        chain = history.plan.chains[0]
        history.plan = replace(history.plan, chains=(chain, replace(chain, name="d")))
    found = foreseen(history)
    assert (found.high.calls, found.high.units) == (1, Decimal("3.5"))
    assert found.chains[0].segments.high == 2


@pytest.mark.parametrize("how", [Continuation(), FRAME])
def test_what_exists_beyond_a_word_is_foreseen_to_be_used_again(how: Continuation) -> None:
    """A step made in either way before, beyond one that waits for an approval now, is not paid for anew."""
    history = begun("one", "two", how=how)
    history.make(gained="5")
    history.make(gained="5")
    first, second = going("one", "two")
    history.plan = plan_of(replace(first, review=True, continuation=how), second)
    found = foreseen(history)
    assert (found.high.calls, found.after.high) == (0, 0)
    assert found.chains[0].segments.high == (3 if how is FRAME else 1)


def test_a_length_that_is_only_in_the_file_may_be_anything_after_a_frame() -> None:
    """Until it is read, what goes on from a frame is as long as any video can be."""
    history = begun("one", "two", how=FRAME, until=Decimal(50))
    history.succeed(history.start(), None)
    (chain,) = foreseen(history).chains
    assert chain.length is not None
    assert chain.length.low < chain.length.high


def test_an_unknown_source_may_be_near_the_cap() -> None:
    """Before a source is looked up its segment may have any length: either way is counted in."""
    source = Existing(SOURCE.task_id, SOURCE.video_id)
    (chain,) = foreseen(History(plan_of(*going("one"), source=source))).chains
    (step,) = chain.steps
    assert (step.frames.low, step.frames.high) == (0, 1)
    assert step.low == replace(step.low, calls=1)
    assert isinstance(step.high.units, Decimal | None)


def test_the_order_counts_beyond_the_cap() -> None:
    """A line that goes on by frame is as long as its goal, or its steps: it goes first."""
    plan = filled("400")
    short = replace(plan.chains[0], name="s", steps=(Step("1", "s", repeat=FILL),), until=None)
    endless = replace(plan.chains[0], name="e", steps=going("a", "b"), until=None)
    history = History(replace(plan, chains=(*plan.chains, short, endless))).adopt("5.1")
    levels = {submit.place.chain: submit.level for submit in history.submits()}
    assert levels["c"] > levels["s"] > levels["e"] > 0


def test_submissions_are_known_by_frame() -> None:
    """A generated source is an image too, but goes on from nothing."""
    (submit,) = begun("one", how=FRAME).submits()
    assert isinstance(submit, Submit)
    assert submit.by_frame


@pytest.mark.parametrize("length", ["171", None])
def test_beyond_a_step_that_the_cap_may_leave_over_nothing_is_certain(length: str | None) -> None:
    """A chain ends where it only extends and there is no room, whatever its later steps could go on by."""
    steps = (Step("1", "a", repeat=2), *going("", "on", how=FRAME)[1:])
    plan = plan_of(*steps)
    source = replace(SOURCE, duration=None if length is None else Decimal(length))
    history = History(replace(plan, chains=(replace(plan.chains[0], source=source),)))
    least = foreseen(history).low.calls
    assert least == (0 if length is None else 1)
    assert foreseen(history).high.calls == 3

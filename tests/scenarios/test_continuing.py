"""Whole runs beyond what can be extended: three segments, refused sources, deaths around a last frame."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.errors import MediaError
from orchestrator.facts import AttemptBegun, VideoKept
from orchestrator.lineage import Lineage
from orchestrator.plan import FILL, By, Chain, Continuation, Kind, Plan, Step
from orchestrator.planner import ChainView, Ending, Finish
from orchestrator.sandbox import Payment, Task
from tests.scenarios.stage import Reaper, Stage, a_plan, with_chains

pytestmark = pytest.mark.anyio

AUTO = Continuation(By.AUTO, model_name="kling-v1-6")
FRAME = Continuation(By.FRAME, model_name="kling-v1-6")


def onward(until: str, how: Continuation = AUTO, name: str = "on") -> Plan:
    """A plan of one chain that is filled up to a length."""
    return a_plan(Step("1", name, repeat=FILL, continuation=how), until=until)


def kinds(payments: tuple[Payment, ...]) -> Counter[str]:
    return Counter(payment.kind for payment in payments)


def ended(view: ChainView) -> tuple[Ending, Decimal]:
    assert isinstance(view.end, Finish)
    assert view.length is not None
    return view.end.ending, view.length


async def test_a_film_of_400_s_is_made_of_three_segments(tmp_path: Path) -> None:
    """Each segment is extended as far as the cap allows, and only two images are paid for."""
    stage = Stage(tmp_path)
    result = await stage.run(onward("400"))
    ending, length = ended(result.views[0])
    assert ending is Ending.DONE
    assert Decimal(400) <= length < Decimal(406)
    assert kinds(stage.payments)["image2video"] == 2
    for video in stage.lineage.videos():
        assert video.length is not None
        assert video.length <= 180
    paid = len(stage.payments)
    await stage.run(onward("400"))
    assert len(stage.payments) == paid


@pytest.mark.parametrize("extends", ["unsupported", "discontinued"])
async def test_where_extending_is_refused_it_goes_on_by_frame(tmp_path: Path, extends: str) -> None:
    """One refusal shows that the model cannot be extended; every step is made from a last frame."""
    stage = Stage(tmp_path, extends=extends)
    result = await stage.run(onward("40"))
    assert ended(result.views[0])[0] is Ending.DONE
    # The source's model is not in the plan: its segment is refused once, and then the images' model once.
    begun = [fact for fact in stage.notes.facts if isinstance(fact, AttemptBegun)]
    assert Counter(each.kind for each in begun)[Kind.EXTEND] == 2
    assert kinds(stage.payments) == Counter({"image2video": 7})
    await stage.run(onward("40"))
    assert kinds(stage.payments) == Counter({"image2video": 7})


async def test_what_is_posted_is_the_frame_that_the_journal_names(tmp_path: Path) -> None:
    """The picture goes as bare base64, its digest and time are in the journal before it leaves."""
    stage = Stage(tmp_path)
    seen: list[bytes] = []

    def put(task: Task, picture: bytes) -> None:
        seen.append(picture)

    stage.sandbox.account.shelf.put = put  # type: ignore[method-assign]
    await stage.run(a_plan(Step("1", "on", continuation=FRAME)))
    (begun,) = [fact for fact in stage.notes.facts if isinstance(fact, AttemptBegun)]
    assert begun.image == f"sha256:{hashlib.sha256(seen[0]).hexdigest()}"
    assert begun.frame_at == Decimal("0.916667")
    assert begun.parent is not None
    assert (begun.parent_task, begun.parent_video) == (None, None)


async def test_equal_ways_on_are_paid_once(tmp_path: Path) -> None:
    """Two chains that go on by the same frame share it, and one that extends has its own."""
    stage = Stage(tmp_path)
    chain = a_plan(Step("1", "on", continuation=FRAME)).chains[0]
    plan = with_chains(
        a_plan(Step("1", "on", continuation=FRAME)),
        Chain("same", chain.source, chain.steps),
        Chain("other", chain.source, (Step("1", "on"),)),
    )
    await stage.run(plan)
    assert kinds(stage.payments) == Counter({"image2video": 1, "video-extend": 1})


# ---- deaths


def shape(lineage: Lineage) -> set[tuple[object, ...]]:
    return {
        (take.key, take.parent, take.video is not None, take.video and take.video.before)
        for take in lineage.takes.values()
        if take.video is not None
    }


def short() -> Plan:
    """Refused once, and made from the last frame."""
    return onward("9")


async def test_dying_anywhere_around_a_frame_pays_nothing_twice(tmp_path: Path) -> None:
    """Killed before and after every write, request and answer, a run that is resumed pays what was needed."""
    whole, reaper = Stage(tmp_path / "whole", extends="unsupported", offers_list=True), Reaper()
    await whole.run(short(), reaper=reaper)
    wanted = shape(whole.lineage)
    assert kinds(whole.payments) == Counter({"image2video": 1})
    assert reaper.passed > 25
    for instant in range(1, reaper.passed + 1):
        stage = Stage(tmp_path / str(instant), extends="unsupported", offers_list=True)
        await stage.run_to_death(short(), at=instant)
        await stage.run(short())
        assert kinds(stage.payments) == Counter({"image2video": 1}), reaper.names[instant - 1]
        assert shape(stage.lineage) == wanted, reaper.names[instant - 1]


async def test_what_was_refused_before_a_death_is_not_asked_again(tmp_path: Path) -> None:
    """The refusal is in the journal: the run after it posts nothing that is known to be refused."""
    stage = Stage(tmp_path, extends="unsupported")
    await stage.run(onward("9"))
    stage.notes.facts.clear()
    await stage.run(onward("24"))
    begun = [fact.kind for fact in stage.notes.facts if isinstance(fact, AttemptBegun)]
    # One for the images' own model, which nobody had tried to extend before.
    assert begun == [Kind.EXTEND, Kind.IMAGE, Kind.IMAGE, Kind.IMAGE]


# ---- files


def kept(stage: Stage) -> Path:
    return stage.home.folder / next(fact.path for fact in stage.notes.facts if isinstance(fact, VideoKept))


@pytest.mark.parametrize("content", [None, b"rubbish"])
async def test_a_file_that_is_gone_is_fetched_again(tmp_path: Path, content: bytes | None) -> None:
    """Removed or damaged by hand, the film is brought back for nothing before its last frame is taken."""
    stage = Stage(tmp_path)
    await stage.run(a_plan())
    if content is None:
        kept(stage).unlink()
    else:
        kept(stage).write_bytes(content)
    result = await stage.run(a_plan(Step("1", "on", continuation=FRAME)))
    assert ended(result.views[0])[0] is Ending.DONE
    assert kinds(stage.payments) == Counter({"image2video": 1})


async def test_a_file_that_stays_broken_stops_the_run_unpaid(tmp_path: Path) -> None:
    """Fetched again and unreadable again: said with the file's name, and nothing is sent."""
    stage = Stage(tmp_path)
    await stage.run(a_plan())
    path = kept(stage)

    def spoil(_: object) -> None:
        path.write_bytes(b"rubbish")

    spoil(None)
    stage.notes.listener = spoil
    result = await stage.run(a_plan(Step("1", "on", continuation=FRAME)))
    assert isinstance(result.error, MediaError)
    assert path.name in str(result.error)
    assert stage.payments == ()


# ---- whatever changes


WAYS = (Continuation(), AUTO, FRAME)


def drawn_plan(dice: random.Random, ways: Sequence[Continuation]) -> Plan:
    """A chain of two or three steps whose ways and prompts vary a little from one edit to the next."""
    wanted = [
        Step(str(number), dice.choice(("a", "b")), continuation=dice.choice(ways))
        for number in range(1, dice.randint(3, 4))
    ]
    return a_plan(*wanted)


async def lived(stage: Stage, dice: random.Random, ways: Sequence[Continuation]) -> Plan:
    """Edits, deaths and refusals, and at last a run to the end; the plan as it was then."""
    for _ in range(4):
        world = stage.sandbox.account.world
        world.laws = replace(world.laws, extends=dice.choice(("yes", "yes", "discontinued")))
        plan = drawn_plan(dice, ways)
        await stage.run_to_death(plan, at=dice.randint(1, 40))
        if dice.random() < 0.5:
            await stage.run(plan)
    await stage.run(plan)
    return plan


@pytest.mark.parametrize("seed", range(8))
async def test_edits_deaths_and_refusals_pay_for_nothing_twice(tmp_path: Path, seed: int) -> None:
    """However ways, prompts and the provider's mind change, and whenever it dies: a take is paid for once."""
    stage = Stage(tmp_path, offers_list=True)
    plan = await lived(stage, random.Random(seed), WAYS)
    paid = len(stage.payments)
    assert paid == sum(bool(take.attempts and take.video) for take in stage.lineage.takes.values())
    await stage.run(plan)
    assert len(stage.payments) == paid


@pytest.mark.parametrize("seed", range(8))
async def test_under_auto_no_step_is_made_in_both_ways(tmp_path: Path, seed: int) -> None:
    """What stands stands, though the provider extends today what it refused yesterday, and the other way."""
    stage = Stage(tmp_path, offers_list=True)
    await lived(stage, random.Random(seed), (AUTO,))
    made = [take for take in stage.lineage.takes.values() if take.attempts and take.video]
    assert {take.attempts[0].begun.kind for take in made} <= {Kind.EXTEND, Kind.IMAGE}
    wishes = Counter((take.parent, take.attempts[0].begun.prompt) for take in made)
    assert max(wishes.values()) == 1

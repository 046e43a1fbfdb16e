"""The rules of the imitated account, one by one, without HTTP."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.sandbox import EXAMPLE, Fate, Laws, Plant, Refusal, Submission, Task, World
from orchestrator.sandbox.draws import increment_frames
from orchestrator.sandbox.rules import PURGED_AFTER_MS
from orchestrator.sandbox.tasks import task_from_json

NOW = 1_790_000_000_000
DAY = 24 * 3600 * 1000
V2 = Plant("v2-task", "v2-video", model_name="kling-v2-1")
V1 = Plant("v1-task", "v1-video", model_name="kling-v1")
V15 = Plant("v15-task", "v15-video", model_name="kling-v1-5")
LONG = Plant("long-task", "long-video", seconds="178")


def planted_world(**laws: Any) -> World:
    world = World(Laws(**laws))
    for plant in (EXAMPLE, V2, V1, V15, LONG):
        world.rendered(world.plant(plant, NOW).id, NOW)
    return world


def extend(plant: Plant = EXAMPLE, **fields: Any) -> Submission:
    wish = Submission(kind="video-extend", task_id=plant.task_id, video_id=plant.video_id, prompt="koi")
    return replace(wish, **fields)


def accepted(world: World, wish: Submission, now: int = NOW, fate: Fate | None = None) -> Task:
    task = world.submit(wish, now, fate or Fate())
    assert isinstance(task, Task), task
    return task


REFUSALS: dict[str, tuple[Submission, tuple[int, int]]] = {
    "an unknown video": (extend(video_id="nobody"), (404, 1203)),
    "a pair that does not belong together": (extend(task_id=V2.task_id), (400, 1201)),
    "a model that cannot be extended": (extend(V2), (400, 1201)),
    "v1 with a negative prompt": (extend(V1, negative_prompt="blur"), (400, 1201)),
    "v1 with a cfg scale": (extend(V1, cfg_scale=0.0), (400, 1201)),
    "a result above three minutes": (extend(LONG), (400, 1201)),
    "a prompt against the policy": (extend(prompt="[refuse] this"), (400, 1301)),
    "a discontinued model": (Submission("text2video", "x", model_name="kling-v2-6"), (404, 1203)),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str) -> None:
    """A refused submission gets the vendor's pair of status and code, and nothing is charged or made."""
    wish, expected = REFUSALS[case]
    world = planted_world(discontinued=frozenset({"kling-v2-6"}))
    before = world.tasks()
    outcome = world.submit(wish, NOW)
    assert isinstance(outcome, Refusal)
    assert (outcome.http, outcome.code) == expected
    assert world.tasks() == before
    assert world.payments(NOW) == ()


@pytest.mark.parametrize("plant", [EXAMPLE, V1, V15], ids=lambda plant: plant.model_name)
def test_extendable_models(plant: Plant) -> None:
    """v1, v1.5 and v1.6 sources can be extended, and the child has the model of its parent."""
    assert accepted(planted_world(), extend(plant)).model == plant.model_name


def test_native_ignores_the_task_id() -> None:
    """The vendor's own host knows no task_id in video-extend; most native clients send none."""
    accepted(planted_world(character="native"), extend(task_id=""))
    accepted(planted_world(character="native"), extend(task_id="something else"))


def test_life_of_a_task() -> None:
    """A task is submitted, then processing, then succeed, and its result is the whole, longer video."""
    world = planted_world()
    task = accepted(world, extend())
    task = world.rendered(task.id, NOW)
    assert [task.status(at) for at in (NOW, task.starts_at, task.ends_at - 1, task.ends_at)] == [
        "submitted",
        "processing",
        "processing",
        "succeed",
    ]
    assert 200 < (task.ends_at - NOW) / 1000 < 430
    assert Decimal(4) <= Decimal(task.seconds) - Decimal(EXAMPLE.seconds) <= Decimal("5.5")
    assert task.updated_at(task.ends_at + 5) == task.ends_at


def test_no_success_without_a_file() -> None:
    """A task whose video is not rendered yet goes on processing and keeps its slot."""
    world = planted_world(slots=1)
    task = accepted(world, extend())
    late = task.ends_at + DAY
    assert task.status(late) == "processing"
    assert world.submit(extend(), late) == Refusal(429, 1303, "parallel task over resource pack limit")
    assert world.rendered(task.id, late).status(late) == "succeed"
    accepted(world, extend(), late)


def test_a_late_film_ends_the_task_late() -> None:
    """A task whose film took longer than the task itself ended when the film was there."""
    world = planted_world()
    task = accepted(world, extend())
    late = world.rendered(task.id, task.ends_at + 7)
    assert late.status(task.ends_at + 6) == "processing"
    assert late.updated_at(task.ends_at + 60) == task.ends_at + 7


def test_unfinished_parents() -> None:
    """A video that is not there yet cannot be extended, nor can one whose task failed."""
    for prompt in ("koi", "[fail]"):
        world = planted_world()
        task = accepted(world, extend(prompt=prompt))
        child = extend(task_id=task.id, video_id=task.video_id)
        outcome = world.submit(child, task.ends_at if task.failure else NOW)
        assert isinstance(outcome, Refusal)
        assert (outcome.http, outcome.code) == (404, 1203)


def test_speed_divides_durations() -> None:
    """At speed 100 a task ends a hundred times as early; lengths and ids stay what they were."""
    slow, fast = accepted(planted_world(), extend()), accepted(planted_world(speed=100), extend())
    assert abs((slow.ends_at - NOW) / 100 - (fast.ends_at - NOW)) <= 1
    assert (slow.id, slow.seconds) == (fast.id, fast.seconds)


def test_slots() -> None:
    """Over five running tasks there is 429/1303, and an ended task, failed ones too, frees its slot."""
    world = planted_world()
    tasks = [accepted(world, extend(prompt="[fail]")) for _ in range(5)]
    assert world.submit(extend(), NOW) == Refusal(429, 1303, "parallel task over resource pack limit")
    accepted(world, extend(), min(task.ends_at for task in tasks))


def test_units() -> None:
    """A used-up pack is 429/1102; a failed task gives its units back."""
    world = planted_world(units=Decimal(4))
    doomed = accepted(world, extend(prompt="[risk] fire"))
    accepted(world, extend())
    outcome = world.submit(extend(), NOW)
    assert isinstance(outcome, Refusal)
    assert (outcome.http, outcome.code) == (429, 1102)
    assert world.used_units(NOW) == 4
    assert world.used_units(doomed.ends_at) == 2
    accepted(world, extend(), doomed.ends_at)


PRICES = [("kling-v1", "std", "5", "1"), ("kling-v1", "pro", "5", "3.5"), ("kling-v1-6", "std", "10", "4")]


@pytest.mark.parametrize(("model", "mode", "duration", "units"), PRICES)
def test_prices(model: str, mode: str, duration: str, units: str) -> None:
    """Units are those of the vendor's list, a 10 s clip twice a 5 s one."""
    wish = Submission("text2video", "koi", model_name=model, mode=mode, duration=duration)
    assert accepted(planted_world(), wish).units == units


@pytest.mark.parametrize(
    ("prompt", "message"),
    [("[risk] x", "Failure to pass the risk control system"), ("[fail]", "Task failed: internal error")],
)
def test_failing_prompts(prompt: str, message: str) -> None:
    """A failed task ends as failed with its free text, and needs no video for it."""
    task = accepted(planted_world(), extend(prompt=prompt))
    assert task.status(task.ends_at) == "failed"
    assert task.failure == message


def test_fates() -> None:
    """A script of faults can make a task fail, slow or stuck."""
    usual = accepted(planted_world(), extend())
    slow = accepted(planted_world(), extend(), fate=Fate(slow=3))
    stuck = accepted(planted_world(), extend(), fate=Fate(stuck=True))
    assert abs((slow.ends_at - NOW) - 3 * (usual.ends_at - NOW)) <= 3
    assert replace(stuck, rendered_at=NOW).status(NOW + 300 * DAY) == "processing"
    assert accepted(planted_world(), extend(), fate=Fate(failure="no")).failure == "no"


def test_drift_is_handed_on() -> None:
    """A look drifts by a fault or by the marker in a prompt, and what is extended from it begins there."""
    world = planted_world()
    first = accepted(world, extend(prompt="[drift] koi"), fate=Fate(drift=0.1))
    world.rendered(first.id, first.ends_at)
    second = accepted(world, extend(task_id=first.id, video_id=first.video_id), first.ends_at)
    assert first.drift == second.drift == pytest.approx(0.35)
    third = replace(second, drift=1.0)
    assert task_from_json(third.to_json()) == third
    old = {name: value for name, value in second.to_json().items() if name != "drift"}
    assert task_from_json(old).drift == 0


def test_purge() -> None:
    """After 30 days video and id are gone: neither to be asked for nor to be extended."""
    world = planted_world()
    assert isinstance(world.look_up("text2video", EXAMPLE.task_id, NOW + PURGED_AFTER_MS - 1), Task)
    for outcome in (
        world.look_up("text2video", EXAMPLE.task_id, NOW + PURGED_AFTER_MS),
        world.submit(extend(), NOW + PURGED_AFTER_MS),
    ):
        assert isinstance(outcome, Refusal)
        assert (outcome.http, outcome.code) == (404, 1203)


def test_planting_again() -> None:
    """Planting what is there changes nothing; planting what was purged makes it anew."""
    world = planted_world()
    assert world.plant(EXAMPLE, NOW + DAY).accepted_at == NOW
    assert world.plant(EXAMPLE, NOW + 31 * DAY).accepted_at == NOW + 31 * DAY


def test_external_ids() -> None:
    """An external id is unique, finds its task at the vendor's host only, and may be dropped by a gateway."""
    native = planted_world(character="native")
    task = accepted(native, extend(external_task_id="mine"))
    assert native.look_up("video-extend", "mine", NOW) == task
    twice = native.submit(extend(external_task_id="mine"), NOW)
    assert isinstance(twice, Refusal)
    assert (twice.http, twice.code) == (400, 1201)
    strict = planted_world()
    accepted(strict, extend(external_task_id="mine"))
    assert isinstance(strict.look_up("video-extend", "mine", NOW), Refusal)
    dropping = planted_world(external_ids=False)
    assert accepted(dropping, extend(external_task_id="mine")).submission.external_task_id == ""
    accepted(dropping, extend(external_task_id="mine"))


def test_wrong_kind() -> None:
    """A task is found by the path of its own action only."""
    assert isinstance(planted_world().look_up("image2video", EXAMPLE.task_id, NOW), Refusal)


def test_pages() -> None:
    """A list is of one kind, newest first, in pages within the documented bounds."""
    world = planted_world(slots=50)
    made = [accepted(world, extend(prompt=str(number))).id for number in range(7)]
    page = world.page("video-extend", 2, 3, NOW)
    assert isinstance(page, tuple)
    assert [task.id for task in page] == made[::-1][3:6]
    for number, size in ((0, 30), (1001, 30), (1, 0), (1, 501)):
        assert isinstance(world.page("video-extend", number, size, NOW), Refusal)


def test_payments() -> None:
    """Every accepted submission, and nothing else, is a payment with its parent's pair."""
    world = planted_world()
    task = accepted(world, extend(external_task_id="e"))
    (payment,) = world.payments(NOW)
    assert (payment.task_id, payment.parent_task_id, payment.parent_video_id) == (
        task.id,
        EXAMPLE.task_id,
        EXAMPLE.video_id,
    )
    assert (payment.units, payment.external_task_id, payment.refunded) == ("2", "e", False)


def test_ids_look_real() -> None:
    """Task ids are 18 digits above 2^53 at the vendor and base64-like at the gateway; no two are equal."""
    native, strict = planted_world(character="native", slots=99), planted_world(slots=99)
    digits = [accepted(native, extend()).id for _ in range(99)]
    letters = [accepted(strict, extend()).id for _ in range(99)]
    assert all(len(one) == 18 and int(one) > 2**53 for one in digits)
    assert all(len(one) == 22 and one.startswith("C") for one in letters)
    assert len(set(digits) | set(letters)) == 198
    assert accepted(World(Laws(seed="another")), Submission("text2video", "x")).id not in letters


def test_same_world_from_its_tasks() -> None:
    """A world rebuilt from its saved tasks answers, numbers and counts as before."""
    world = planted_world(slots=3)
    world.rendered(accepted(world, extend(external_task_id="e")).id, NOW)
    accepted(world, extend())
    again = World(world.laws, [task_from_json(task.to_json()) for task in world.tasks()])
    assert again.tasks() == world.tasks()
    assert accepted(again, extend()) == accepted(world, extend())
    assert isinstance(again.submit(extend(), NOW), Refusal)


@given(st.text(max_size=8), st.integers(1, 10**6), st.integers(61, 2160))
def test_increments(seed: str, number: int, parent: int) -> None:
    """An increment is 4 to 5.5 s, for every world and every parent."""
    assert 49 <= increment_frames(seed, number, parent) <= 65


def test_five_seconds_of_room_suffice() -> None:
    """Whoever keeps 5 s of room below the cap is never refused; without that the rare long one is met."""
    assert all(increment_frames("seed", number, 2100) <= 60 for number in range(500))
    assert any(increment_frames("seed", number, 2000) > 60 for number in range(500))


@pytest.mark.parametrize(("extends", "code"), [("unsupported", 1201), ("discontinued", 1203)])
def test_a_world_may_extend_nothing_any_more(extends: Any, code: int) -> None:
    """What the vendor retired is refused at once, whatever the model, and generations go on."""
    world = World(Laws(extends=extends))
    parent = world.plant(EXAMPLE, 0)
    wish = Submission("video-extend", task_id=parent.id, video_id=parent.video_id)
    world.rendered(parent.id, 0)
    refused = world.submit(wish, 1)
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert isinstance(world.submit(Submission("image2video", prompt="on"), 1), Task)

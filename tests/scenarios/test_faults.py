"""What the provider and the network do to a run: nothing is paid twice, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.facts import AttemptResolved, TaskAccepted, Verdict
from orchestrator.plan import Patience, ProviderSettings, Step
from orchestrator.planner import Ending, Finish, Hold, Need
from orchestrator.runner import Result
from orchestrator.store import open_journal
from tests.scenarios.stage import API, Stage, a_plan, sandbox_settings

pytestmark = pytest.mark.anyio

SUBMIT_2 = {"action": "submit", "nth": 2}
QUERY_2 = {"action": "query", "nth": 4, "times": 2}

HARMLESS: list[dict[str, Any]] = [
    {"when": SUBMIT_2, "do": "drop_before"},
    {"when": SUBMIT_2, "do": "drop_after"},
    {"when": SUBMIT_2, "do": {"delay": 45}},
    {"when": SUBMIT_2, "do": {"status": {"http": 502}}},
    {"when": SUBMIT_2, "do": {"status_after": {"http": 502}}},
    {"when": SUBMIT_2, "do": {"status_after": {"http": 524}}},
    {"when": SUBMIT_2, "do": {"status": {"http": 500, "code": 5000, "message": "internal"}}},
    {"when": SUBMIT_2, "do": {"status_after": {"http": 504, "code": 5002, "message": "backlog"}}},
    {"when": SUBMIT_2, "do": "no_task_id"},
    {"when": SUBMIT_2, "do": "garbage"},
    {"when": SUBMIT_2, "do": "truncate"},
    {"when": SUBMIT_2, "do": "string_code"},
    {"when": SUBMIT_2, "do": "data_list"},
    {
        "when": SUBMIT_2,
        "do": {"status": {"http": 429, "code": 1302, "message": "too fast", "retry_after": "7"}},
    },
    {"when": SUBMIT_2, "do": {"status": {"http": 503, "code": "x", "message": "无可用渠道"}}},
    {"when": SUBMIT_2, "do": {"fail": "internal error"}},
    {"when": SUBMIT_2, "do": {"slow": 4}},
    {"when": QUERY_2, "do": "drop_before"},
    {"when": QUERY_2, "do": "html"},
    {"when": QUERY_2, "do": "garbage"},
    {"when": QUERY_2, "do": "empty_data"},
    {"when": QUERY_2, "do": "videos_null"},
    {"when": QUERY_2, "do": "data_list"},
    {"when": QUERY_2, "do": {"status": {"http": 502}}},
    {"when": QUERY_2, "do": {"status": {"http": 404, "code": 1203, "message": "no such task"}}},
    {"when": QUERY_2, "do": {"status": {"http": 429, "code": 1302, "message": "slower"}}},
    {"when": QUERY_2, "do": {"delay": 100}},
    {"when": {"action": "fetch", "nth": 2}, "do": "truncate"},
    {"when": {"action": "fetch", "nth": 2, "times": 3}, "do": "not_video"},
    {"when": {"action": "fetch", "nth": 2}, "do": "drop_before"},
    {"when": {"action": "fetch", "nth": 2}, "do": {"status": {"http": 503}}},
    {"when": {"action": "fetch", "nth": 2}, "do": {"redirect": "file:///etc/passwd"}},
    {"when": {"action": "fetch", "nth": 2}, "do": {"redirect": "http://10.0.0.1/x.mp4"}},
]


def endings(result: Result) -> list[str]:
    return [view.standing[0] for view in result.views]


def name_of(rule: dict[str, Any]) -> str:
    effect = rule["do"] if isinstance(rule["do"], str) else "-".join(map(str, rule["do"].items()))
    return f"{rule['when']['action']}-{effect}"


@pytest.mark.parametrize("rule", HARMLESS, ids=name_of)
async def test_a_fault_costs_time_and_nothing_else(rule: dict[str, Any], tmp_path: Path) -> None:
    """Whatever goes wrong once, the chain is made, each step is paid once, and every film is kept."""
    stage = Stage(tmp_path, faults=[rule], offers_list=True)
    result = await stage.run(a_plan("one", "two", "three"))
    assert endings(result) == ["done"], stage.notes.messages
    assert sorted(payment.prompt for payment in stage.payments) == ["one", "three", "two"]
    assert all(video.kept for video in stage.lineage.videos())


@pytest.mark.parametrize(
    "effect", ["drop_after", "no_task_id", {"status_after": {"http": 502}}, {"delay": 100}]
)
async def test_where_nobody_can_tell_a_person_decides(effect: Any, tmp_path: Path) -> None:
    """A gateway without list and external ids: the step is held, not repeated, and the rest goes on."""
    stage = Stage(tmp_path, faults=[{"when": SUBMIT_2, "do": effect}], external_ids=False)
    gateway = ProviderSettings(name="dmxapi", base_url=API)
    plan = a_plan("one", "two", "three", settings=gateway)
    result = await stage.run(plan)
    (hold,) = result.views[0].next
    assert isinstance(hold, Hold)
    assert (hold.need, str(hold.place)) == (Need.UNCLEAR, "p:c.2")
    assert [payment.prompt for payment in stage.payments] == ["one", "two"]
    # Asking again in another run, and another, pays nothing.
    await stage.run(plan)
    assert len(stage.payments) == 2
    task = stage.payments[1].task_id
    await resolve(stage, Verdict.TASK, task)
    result = await stage.run(plan)
    assert endings(result) == ["done"]
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three"]


async def resolve(stage: Stage, verdict: Verdict, task_id: str | None = None) -> None:
    (key,) = stage.lineage.open
    begun = stage.lineage.take(key).open[0].begun
    with open_journal(stage.home, submitter=False) as journal:
        await journal.append([AttemptResolved(stage.clock.now(), key, begun.number, verdict, task_id)])


async def test_a_person_may_say_that_it_was_not_submitted(tmp_path: Path) -> None:
    """On a person's word the step is submitted again, as a new attempt."""
    stage = Stage(tmp_path, faults=[{"when": SUBMIT_2, "do": "drop_before"}], external_ids=False)
    plan = a_plan("one", "two", settings=ProviderSettings(name="dmxapi", base_url=API))
    await stage.run(plan)
    await resolve(stage, Verdict.NOT_SUBMITTED)
    result = await stage.run(plan)
    assert endings(result) == ["done"]
    assert [payment.prompt for payment in stage.payments] == ["one", "two"]


async def test_candidates_are_shown_and_never_adopted(tmp_path: Path) -> None:
    """With a list but without our ids, a task of the same parent and time is a candidate, no more."""
    stage = Stage(
        tmp_path, faults=[{"when": SUBMIT_2, "do": "drop_after"}], external_ids=False, offers_list=True
    )
    settings = ProviderSettings(name="dmxapi", base_url=API, patience=Patience(10, 20, 10))
    await stage.run(a_plan("one", "two", settings=settings))
    (key,) = stage.lineage.open
    unclear = stage.lineage.take(key).open[0].unclear
    assert unclear is not None
    assert unclear.candidates == (stage.payments[1].task_id,)
    # The same, where the person promised that nobody else extends these videos.
    result = await stage.run(a_plan("one", "two", settings=replace(settings, exclusive=True)))
    assert endings(result) == ["done"]
    assert len(stage.payments) == 2


async def test_an_echo_is_no_way_to_ask(tmp_path: Path) -> None:
    """A host that echoes our ids but finds nothing by them is not believed when it says "not there"."""
    stage = Stage(tmp_path, faults=[{"when": SUBMIT_2, "do": "drop_after"}], offers_list=False)
    result = await stage.run(a_plan("one", "two"))
    assert endings(result) == ["unclear"]
    await stage.run(a_plan("one", "two"))
    assert len(stage.payments) == 2


async def test_the_vendors_own_host_is_asked_by_our_id(tmp_path: Path) -> None:
    """Where tasks are found by our ids, an unclear outcome is settled without a person."""
    stage = Stage(
        tmp_path,
        faults=[
            {"when": {"action": "submit", "nth": 2}, "do": "drop_after"},
            {"when": {"action": "submit", "nth": 3}, "do": "drop_before"},
        ],
        native=True,
    )
    vendor = sandbox_settings(name="kling")
    result = await stage.run(a_plan("one", "two", "three", settings=vendor))
    assert endings(result) == ["done"]
    assert [payment.prompt for payment in stage.payments] == ["one", "two", "three"]


async def test_another_chain_goes_on_beside_a_held_one(tmp_path: Path) -> None:
    """One chain's trouble never stops the others."""
    stage = Stage(
        tmp_path,
        faults=[{"when": {"action": "submit", "prompt_contains": "bad"}, "do": "drop_after"}],
        external_ids=False,
    )
    plan = a_plan("bad", "never", settings=ProviderSettings(name="dmxapi", base_url=API))
    other = a_plan("good", "better", name="q", settings=plan.provider)
    result = await stage.run(plan, other)
    assert endings(result) == ["unclear", "done"]


@pytest.mark.parametrize(
    ("status", "need"),
    [
        ({"http": 401, "code": 1002, "message": "invalid"}, Need.CREDENTIALS),
        ({"http": 429, "code": 1304, "message": "IP not in whitelist"}, Need.CREDENTIALS),
        ({"http": 429, "code": 1102, "message": "Account balance not enough"}, Need.PAYMENT),
        ({"http": 403, "code": "insufficient_user_quota", "message": "额度不足"}, Need.PAYMENT),
    ],
)
async def test_an_account_that_cannot_go_on_stops_and_a_new_run_tries_again(
    status: dict[str, Any], need: Need, tmp_path: Path
) -> None:
    """No key or no money stops every submission of the account at once, and costs nothing."""
    stage = Stage(tmp_path, faults=[{"when": {"action": "submit", "nth": 2}, "do": {"status": status}}])
    plan = a_plan("one", "two", "three")
    result = await stage.run(plan)
    (hold,) = result.views[0].next
    assert isinstance(hold, Hold)
    assert hold.need is need
    assert len(stage.payments) == 1
    result = await stage.run(plan)
    assert endings(result) == ["done"]
    assert len(stage.payments) == 3


async def test_a_source_that_cannot_be_extended_ends_its_chain(tmp_path: Path) -> None:
    """A refusal of the source is final for this run, costs nothing, and is said in the provider's words."""
    refusal = {"http": 400, "code": 1201, "message": "This video not supported extend-video"}
    stage = Stage(tmp_path, faults=[{"when": {"action": "submit"}, "do": {"status": refusal}}])
    result = await stage.run(a_plan("one"))
    end = result.views[0].end
    assert isinstance(end, Finish)
    assert end.ending is Ending.REFUSED
    assert "This video not supported extend-video" in end.because
    assert stage.payments == ()


async def test_moderation_falls_back_and_is_remembered(tmp_path: Path) -> None:
    """A refused prompt is not tried again by the next run; its fallback is used, and paid once."""
    stage = Stage(tmp_path)
    step = Step(id="1", prompt="war [risk]", fallbacks=("war [refuse]", "peace"))
    for _ in range(2):
        result = await stage.run(a_plan(step, "two"))
        assert endings(result) == ["done"]
    assert [payment.prompt for payment in stage.payments] == ["peace", "two"]


async def test_a_generic_failure_is_tried_again_as_often_as_allowed(tmp_path: Path) -> None:
    """`attempts` bounds how often a failing step is paid for, over all runs."""
    stage = Stage(tmp_path)
    for _ in range(3):
        result = await stage.run(a_plan(Step(id="1", prompt="[fail]", attempts=3)))
        assert endings(result) == ["failed"]
    account = stage.sandbox.account
    assert len(account.world.payments(account.now())) == 3


async def test_a_task_that_never_ends_is_handed_to_a_person(tmp_path: Path) -> None:
    """After two hours the run ends and says so; the next one asks again before it does."""
    stage = Stage(tmp_path, faults=[{"when": SUBMIT_2, "do": "stuck"}])
    began = stage.clock.now()
    result = await stage.run(a_plan("one", "two"))
    (hold,) = result.views[0].next
    assert isinstance(hold, Hold)
    assert hold.need is Need.SUSPENDED
    assert timedelta(hours=2) < stage.clock.now() - began < timedelta(hours=2.5)
    began = stage.clock.now()
    await stage.run(a_plan("one", "two"))
    assert stage.clock.now() - began < timedelta(minutes=15)


async def test_more_slots_declared_than_there_are(tmp_path: Path) -> None:
    """1303 is no failure: what does not fit waits for a slot, and nothing is paid twice."""
    stage = Stage(tmp_path, slots=2)
    plan = a_plan(Step(id="1", prompt="one", takes=6), settings=sandbox_settings(concurrency=6))
    result = await stage.run(plan)
    assert endings(result) == ["done"]
    assert len(stage.payments) == 6


async def test_a_dead_file_host_never_touches_the_paid_result(tmp_path: Path) -> None:
    """Files that do not come are said, the chain goes on, and the next run fetches them for nothing."""
    stage = Stage(
        tmp_path,
        faults=[{"when": {"action": "fetch", "nth": 1, "times": 33}, "do": {"status": {"http": 503}}}],
    )
    result = await stage.run(a_plan("one", "two"))
    assert endings(result) == ["done"]
    assert result.unkept == 3
    result = await stage.run(a_plan("one", "two"))
    assert result.unkept == 0
    assert len(stage.payments) == 2
    assert all(video.kept for video in stage.lineage.videos())


async def test_every_task_id_is_written_before_it_is_asked_after(tmp_path: Path) -> None:
    """A task is known on disk before the first question about it."""
    stage = Stage(tmp_path)
    await stage.run(a_plan("one"))
    kinds = [type(fact).__name__ for fact in stage.notes.facts]
    assert kinds.index("AttemptBegun") < kinds.index("TaskAccepted") < kinds.index("TaskSucceeded")
    accepted = [fact for fact in stage.notes.facts if isinstance(fact, TaskAccepted)]
    assert [fact.task_id for fact in accepted] == [payment.task_id for payment in stage.payments]

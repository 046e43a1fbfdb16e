"""Lives drawn at random: plans edited, calls gone wrong, runs killed and resumed, a person's words.

After each run and each word the journal is read again by a bookkeeper of its own and held against the
provider's statement (`auditing`, `bookkeeping`). At its end every life must settle: without faults, and
with a person who answers, all that can be made is made and running once more pays nothing.
ORCHESTRATE_EXAMPLES says how many lives are drawn; the suite draws few, always the same ones.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from orchestrator.plan import Limits, Plan
from orchestrator.planner import Ending, Hold, Need
from orchestrator.runner import Result
from tests.scenarios.drawn import ANYTHING, HOSTS, SCENES, Draft, Host, Scene, Word, chapters, told
from tests.scenarios.life import Life


@pytest.mark.parametrize("chapter", chapters(6))
def test_whatever_happens_every_promise_holds_and_all_comes_to_an_end(chapter: int) -> None:
    """One open attempt a take, no limit passed, no payment forgotten or repeated, whatever happens."""
    told(
        chapter,
        a_life,
        host=st.sampled_from(list(HOSTS.values())),
        slots=st.integers(1, 3),
        concurrency=st.integers(1, 4),
        draft=ANYTHING.drafts(),
        scenes=st.lists(SCENES, min_size=3, max_size=6),
    )


def a_life(host: Host, slots: int, concurrency: int, draft: Draft, scenes: list[Scene]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), host, slots, concurrency)
        plans = {"p": draft.plan}
        for scene in scenes:
            play(life, plans, scene)
        settle(life, [_without_limits(plan) for plan in plans.values()])


def play(life: Life, plans: dict[str, Plan], scene: Scene) -> None:
    """One run and what comes before it; `plans` are as they are after the scene."""
    life.wait(24 * 3600 * scene.days)
    for word in scene.words:
        life.word(word, *plans.values())
    for change in scene.changes:
        plans["p"] = change.of(plans["p"])
    if scene.copy is not None:
        plans["q"] = scene.copy.of(replace(plans["p"], name="q"))
    life.trouble(*scene.script)
    life.run(*plans.values(), limits=Limits(calls=scene.calls), cut=scene.cut)


def settle(life: Life, plans: list[Plan]) -> None:
    """Nothing goes wrong any more, a person answers, money is no matter: everything comes to an end."""
    life.trouble()
    for _ in range(25):
        life.wait(5 * 3600)  # what a slow task of a script takes, let go or not
        result = life.run(*plans)
        assert result is not None
        assert result.error is None, result.error
        if not _answered(life, result, plans):
            break
    else:
        raise AssertionError("a person is asked again and again")
    endings = {view.standing for view in result.views}
    words = {word for word, _ in endings}
    # A source that is gone and of which nobody knows the length leaves its branches waiting.
    assert words <= set(Ending) or Need.LENGTH in words, endings
    assert not result.in_the_air
    assert result.unkept == 0
    paid = life.payments()
    life.run(*plans)
    assert life.payments() == paid, "running again pays"


def _answered(life: Life, result: Result, plans: list[Plan]) -> bool:
    """One answer to each thing that a person is asked for; whether there was anything."""
    holds = [hold for view in result.views for hold in view.next if isinstance(hold, Hold)]
    needs = {hold.need for hold in (*holds, *result.strays)}
    if Need.UNCLEAR in needs:
        life.word(Word("resolve"), *plans)
    if needs & {Need.SUSPENDED, Need.LOST}:
        life.word(Word("abandon"), *plans)
    life.answer(result)
    return bool(needs - {Need.LENGTH})


def _without_limits(plan: Plan) -> Plan:
    chains = tuple(replace(chain, budget=Limits()) for chain in plan.chains)
    return replace(plan, chains=chains, budget=Limits())

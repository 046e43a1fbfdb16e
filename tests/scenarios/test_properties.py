"""Lives drawn at random: plans edited, calls gone wrong, runs killed and resumed, a person's words.

After each run and each word the journal is read again by a bookkeeper of its own and held against the
provider's statement (`auditing`, `bookkeeping`). At its end every life must settle: without faults, and
with a person who answers, all that can be made is made and running once more pays nothing.
ORCHESTRATE_EXAMPLES is how many lives are drawn; the suite draws few, always the same ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orchestrator.plan import Limits, Plan
from orchestrator.planner import Ending, Hold, Need
from orchestrator.runner import Result
from tests.scenarios.drawn import CUTS, HOSTS, WORDS, Cut, Draft, Edit, Host, Word, drafts, edits, faults
from tests.scenarios.life import Life

SHRINK = "ORCHESTRATE_SHRINK" in os.environ
PHASES = (Phase.generate, Phase.shrink) if SHRINK else (Phase.generate,)
EXAMPLES = int(os.environ.get("ORCHESTRATE_EXAMPLES", "40"))


class Lives(RuleBasedStateMachine):
    """One account, one journal, two plans that share their beginnings."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.plans: dict[str, Plan] = {}
        self.rules: list[dict[str, Any]] = []

    @initialize(
        host=st.sampled_from(list(HOSTS.values())),
        slots=st.integers(1, 3),
        concurrency=st.integers(1, 4),
        draft=drafts(),
    )
    def born(self, host: Host, slots: int, concurrency: int, draft: Draft) -> None:
        self.life = Life(self.folder, host, slots, concurrency)
        self.plans = {"p": draft.plan}

    @rule(edit=edits())
    def edit(self, edit: Edit) -> None:
        self.plans["p"] = edit.of(self.plans["p"])

    @rule(edit=edits())
    def copy(self, edit: Edit) -> None:
        """A second plan that begins as the first does, and pays for itself."""
        self.plans["q"] = edit.of(replace(self.plans["p"], name="q"))

    @precondition(lambda self: len(self.rules) < 4)
    @rule(fault=faults())
    def go_wrong(self, fault: dict[str, Any]) -> None:
        self.rules.append(fault)
        self.life.trouble(*self.rules)

    @rule(cut=st.one_of(st.none(), CUTS), calls=st.one_of(st.none(), st.integers(1, 4)))
    def run(self, cut: Cut | None, calls: int | None) -> None:
        self.life.run(*self.plans.values(), limits=Limits(calls=calls), cut=cut)

    @rule(cut=CUTS)
    def cut_short(self, cut: Cut) -> None:
        self.life.run(*self.plans.values(), cut=cut)

    @rule(word=WORDS)
    def say(self, word: Word) -> None:
        self.life.word(word, *self.plans.values())

    @rule(hours=st.sampled_from((1, 30, 24 * 29, 24 * 31)))
    def wait(self, hours: int) -> None:
        self.life.wait(3600 * hours)

    def teardown(self) -> None:
        try:
            if self.plans:
                self.settle()
        finally:
            shutil.rmtree(self.folder)

    # ---- the end of a life

    def settle(self) -> None:
        """Nothing goes wrong any more, a person answers, money is no matter: everything comes to an end."""
        self.life.trouble()
        wanted = [_without_limits(plan) for plan in self.plans.values()]
        for _ in range(25):
            result = self.life.run(*wanted)
            assert result is not None
            assert result.error is None, result.error
            if not self._answered(result, wanted):
                break
        else:
            raise AssertionError("a person is asked again and again")
        endings = {view.standing for view in result.views}
        assert {word for word, _ in endings} <= {*Ending, Need.LENGTH}, endings
        assert not result.in_the_air
        assert result.unkept == 0
        paid = self.life.payments()
        self.life.run(*wanted)
        assert self.life.payments() == paid, "running again pays"

    def _answered(self, result: Result, wanted: list[Plan]) -> bool:
        """One answer to each thing that a person is asked for."""
        holds = [hold for view in result.views for hold in view.next if isinstance(hold, Hold)]
        needs = {hold.need for hold in (*holds, *result.strays)}
        for need, act in (
            (Need.UNCLEAR, "resolve"),
            (Need.SUSPENDED, "abandon"),
            (Need.LOST, "abandon"),
        ):
            if need in needs:
                self.life.word(Word(act), *wanted)
        self.life.answer(result)
        return bool(needs - {Need.LENGTH})


def _without_limits(plan: Plan) -> Plan:
    chains = tuple(replace(chain, budget=Limits()) for chain in plan.chains)
    return replace(plan, chains=chains, budget=Limits())


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=14,
    derandomize="ORCHESTRATE_EXAMPLES" not in os.environ,
    database=None,
    phases=PHASES,
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

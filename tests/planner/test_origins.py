"""Which chains can come to a take is told by what they begin with, and no chain that does is left out."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.facts import TakeWanted
from orchestrator.identity import TakeKey
from orchestrator.plan import Branch, Chain, Grown, Plan
from orchestrator.planner import Planner, chains_from, signs
from tests.histories import SOURCE, History, generation, plan_of, steps


def forest() -> History:
    """Every kind of source, and branches of branches."""
    plan = plan_of("one")
    made = generation(step={"fallbacks": ("else",), "takes": 2})
    chains = (
        plan.chains[0],
        Chain("made", made, steps("one")),
        Chain("branch", Branch("c", "1"), steps("two")),
        Chain("twig", Branch("branch"), steps("three")),
        Chain("other", replace(SOURCE, video_id="another"), steps("one")),
    )
    return History(replace(plan, chains=chains)).adopt()


def test_chains_are_told_by_their_roots() -> None:
    """A branch begins where its chain does; the order is that of the plan."""
    history = forest()
    root = history.lineage.roots[0]
    assert chains_from(history.plan, signs(history.lineage, [root])) == ("c", "branch", "twig")
    assert chains_from(history.plan, signs(history.lineage, [TakeKey("nothing")])) == ()


def test_every_take_that_a_generation_may_stand_for_is_a_root() -> None:
    """Its prompt, its fallbacks, all its takes, and those that a person asked for besides."""
    history = forest()
    planner = Planner(history.plan)
    assert planner.has("made")
    assert not planner.has("lost")
    view = planner.view("made", history.lineage, history.ledger, history.now, history.run)
    for take in view.steps[0].takes:
        assert chains_from(history.plan, {take.step}) == ("made",)
    history.write(TakeWanted(history.now, "p", "made", view.steps[0].wish, 3))
    more = planner.view("made", history.lineage, history.ledger, history.now, history.run).steps[0].takes
    assert len(more) == 3
    assert chains_from(history.plan, {more[2].step}) == ("made",)


def test_a_node_s_chain_begins_where_its_line_does() -> None:
    """What grows out of any video of the journal belongs to the line of that video."""
    history = forest()
    made = history.make()
    grown: Plan = replace(history.plan, chains=(Chain("g", Grown(str(made.take)), steps("x")),))
    assert chains_from(grown, signs(history.lineage, [made.take])) == ("g",)
    assert chains_from(grown, signs(history.lineage, [history.lineage.roots[0]])) == ()


def test_a_generated_take_is_known_by_its_step() -> None:
    """Whatever number a person asked for: all takes of a generation have one step."""
    history = History(plan_of("one", source=generation()))
    begun = history.begin()
    assert chains_from(history.plan, signs(history.lineage, [begun.take])) == ("c",)

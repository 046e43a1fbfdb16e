"""What a run knows of its chains: it begins with the most urgent step before it has looked at all of them."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.facts import Verdict
from orchestrator.plan import Chain, Existing, Kind, Limits
from orchestrator.planner import Reconcile, Run
from orchestrator.runner import Knowledge, Share, whole
from tests.histories import NOW, History, plan_of, steps

ACCOUNT = "dmxapi"


def source(name: str) -> Existing:
    return Existing(f"task-{name}", f"video-{name}", kind=Kind.TEXT)


def adopted(**lengths: int) -> History:
    """Chains of so many steps each, out of videos that were looked up."""
    chains = tuple(
        Chain(name, source(name), steps(*(f"{name} {step}" for step in range(length))))
        for name, length in lengths.items()
    )
    history = History(replace(plan_of(), chains=chains))
    for chain in chains:
        history.write(History(replace(history.plan, chains=(chain,))).adopt().facts[0].fact)
    return history


def known(history: History) -> tuple[Knowledge, Share]:
    """What a run that begins now knows, before it has planned anything."""
    knowledge = Knowledge(alone=True)
    for each in history.facts:
        knowledge.learn(each)
    share = whole(history.plan, Run("r", len(history.facts), NOW))
    knowledge.take_on(share)
    return knowledge, share


def planned(knowledge: Knowledge, at_most: int | None = None) -> list[str]:
    return [view.chain.name for view in knowledge.replan(NOW, at_most)]


def ready(knowledge: Knowledge) -> str | None:
    found = knowledge.ready(ACCOUNT, 1)
    return found[0][0][1] if found else None


def test_the_longest_chain_is_sent_before_the_others_are_planned() -> None:
    """Thousands of chains would keep the first request waiting for seconds."""
    knowledge, share = known(adopted(short=1, long=9, middle=5))
    assert ready(knowledge) is None
    assert planned(knowledge, 1) == ["long"]
    assert ready(knowledge) == "long"
    assert knowledge.behind
    assert knowledge.fresh_for(share)
    assert planned(knowledge) == ["middle", "short"]
    assert not knowledge.behind
    assert not knowledge.fresh_for(share)


def test_a_step_waits_while_a_more_urgent_one_may_show() -> None:
    """The longest chain as written may have come far already, and another be the longest now."""
    history = adopted(long=9, middle=5, short=1)
    for _ in range(5):
        history.make(0)
    knowledge, _ = known(history)
    assert planned(knowledge, 1) == ["long"]
    assert ready(knowledge) is None
    assert planned(knowledge, 1) == ["middle"]
    assert ready(knowledge) == "middle"


def test_what_was_planned_is_planned_anew_before_what_never_was() -> None:
    """An answer to what was sent is not kept waiting by the chains that come later."""
    history = adopted(a=3, b=2, c=1)
    knowledge, _ = known(history)
    assert planned(knowledge, 1) == ["a"]
    history.start(0)
    for each in history.facts[-2:]:
        knowledge.learn(each)
    assert planned(knowledge, 1) == ["a"]
    assert planned(knowledge) == ["b", "c"]


def test_a_share_that_is_given_back_is_planned_no_more() -> None:
    """Also where it was never planned at all."""
    knowledge, share = known(adopted(a=3, b=2))
    assert planned(knowledge, 1) == ["a"]
    knowledge.give_back(share)
    assert planned(knowledge) == []
    assert not knowledge.behind
    assert ready(knowledge) is None


def test_what_was_begun_is_not_sent_again_while_its_answer_is_waited_for() -> None:
    """Its chain is planned anew with the answer only; until then no other chain sends it either."""
    history = adopted(a=2)
    history = History(
        replace(history.plan, chains=(*history.plan.chains, replace(history.plan.chains[0], name="b"))),
        history.facts,
    )
    knowledge, _ = known(history)
    assert planned(knowledge) == ["a", "b"]
    assert ready(knowledge) is not None
    begun = history.begin(0)
    knowledge.learn(history.facts[-1])
    assert ready(knowledge) is None
    assert planned(knowledge) == []
    tended = {
        action.take for action in knowledge.tending(NOW, Run("r", 0, NOW)) if isinstance(action, Reconcile)
    }
    assert tended == {begun.take}
    history.accept(begun)
    knowledge.learn(history.facts[-1])
    assert sorted(planned(knowledge)) == ["a", "b"]


def test_what_may_be_begun_together_comes_best_first_and_stays_until_it_is_begun() -> None:
    """A step that two chains begin with, or of which two takes are wanted, is there once."""
    history = adopted(short=1, long=9, middle=5)
    long = next(chain for chain in history.plan.chains if chain.name == "long")
    first = replace(long, steps=(replace(long.steps[0], takes=2), *long.steps[1:]))
    chains = (*(chain for chain in history.plan.chains if chain is not long), first)
    twin = replace(chains[0], name="twin")
    history = History(replace(history.plan, chains=(*chains, twin)), history.facts)
    knowledge, _ = known(history)
    planned(knowledge)
    for _ in range(2):
        assert [name[1] for name, _ in knowledge.ready(ACCOUNT, 9)] == ["long", "middle", "short"]
    assert [name[1] for name, _ in knowledge.ready(ACCOUNT, 2)] == ["long", "middle"]


def test_chains_held_by_a_budget_are_planned_anew_only_where_some_of_it_comes_back() -> None:
    """Thousands of them would be worked out for every fact of the few that are in the air."""
    history = adopted(a=2, b=2)
    history.plan = replace(history.plan, budget=Limits(calls=1))
    begun = history.begin(0)
    knowledge, _ = known(history)
    assert planned(knowledge) == ["a", "b"]
    assert ready(knowledge) is None
    history.unclear(begun)
    knowledge.learn(history.facts[-1])
    assert planned(knowledge) == ["a"]
    history.resolve(begun, Verdict.NOT_SUBMITTED)
    knowledge.learn(history.facts[-1])
    assert set(planned(knowledge)) == {"a", "b"}
    assert ready(knowledge) is not None

"""What people are told of a chain: how long it is, how it stands, where it belongs."""

from __future__ import annotations

from orchestrator.facts import Reason, Verdict
from orchestrator.plan import Step
from orchestrator.planner import ChainView, Place, Planner, place_of
from tests.histories import History, generation, plan_of


def view(history: History) -> ChainView:
    return Planner(history.plan).view("c", history.lineage, history.ledger, history.now, history.run)


def test_a_chain_says_in_a_word_and_a_reason_how_it_stands() -> None:
    """Under way, held or ended: the word and the reason are those of what is next."""
    history = History(plan_of("one"))
    assert view(history).standing == ("under way", "made elsewhere: looked up first, which is free")
    assert view(history).length is None
    history.adopt()
    begun = history.begin()
    history.unclear(begun)
    assert view(history).standing == ("unclear", "cannot tell")
    history.resolve(begun, Verdict.NOT_SUBMITTED)
    history.decline(history.begin(), Reason.REFUSED, "no")
    assert view(history).standing == ("refused", "the provider refuses this: no")
    assert str(view(history).length) == "5.1"


def test_the_place_of_an_attempt_is_where_it_was_wanted() -> None:
    """A place written in the journal is read back as the same place, takes and repetitions too."""
    history = History(plan_of(Step("wave", "wave", repeat=2, takes=2))).adopt()
    history.begin(1)
    (attempt,) = [take.attempts[0] for take in history.lineage.takes.values() if take.attempts]
    assert place_of(attempt) == Place("p", "c", "wave", 1, 2)
    assert attempt.tasked_at is None
    source = History(plan_of("one", source=generation()))
    source.begin()
    (attempt,) = [take.attempts[0] for take in source.lineage.takes.values() if take.attempts]
    assert place_of(attempt) == Place("p", "c", "0")


def test_a_plan_is_known_by_the_digest_of_its_text() -> None:
    """Two runs of the same text show the same digest in the journal."""
    assert plan_of("one", text="a").digest == plan_of("two", text="a").digest != plan_of("one").digest

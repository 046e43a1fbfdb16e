"""Bulletins: each end and each need is told once, also over runs; what expires is told by plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orchestrator.facts import ChainStopped
from orchestrator.identity import TakeKey
from orchestrator.plan import Chain, Existing, Occasion
from orchestrator.planner import Action, ChainView, Ending, Finish, Hold, Need, Place, Wait
from orchestrator.report import Bulletins, expiring_bulletins
from orchestrator.report.expiring import Passing

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BUSY = Wait("a task is in the air")
DONE = Finish(Ending.DONE, "180.0 s are reached")
PICK = Hold(Need.PICK, "pick one: orchestrate take pick p:c.2@N", Place("p", "c", "2"))


def view(*actions: Action) -> ChainView:
    return ChainView("p", Chain("c", Existing("a", "b")), None, (), None, actions)


def told(bulletins: Bulletins, *actions: Action) -> list[tuple[str, str | None]]:
    return [(each.event.value, each.state) for each in bulletins.news_of(view(*actions), NOW)]


def stopped(state: str) -> Bulletins:
    return Bulletins({("p", "c"): ChainStopped(NOW, "earlier", "p", "c", state, "why")})


def test_an_end_is_told_once() -> None:
    """However often a chain is planned anew."""
    bulletins = Bulletins({})
    assert told(bulletins, BUSY) == []
    assert told(bulletins, DONE) == [("finished", "done")]
    assert told(bulletins, DONE) == []


def test_what_the_last_run_ended_with_is_known() -> None:
    """A run from cron does not tell each hour that a chain is done or waits; what is new it tells."""
    assert told(stopped("done"), DONE) == []
    assert told(stopped("pick"), PICK) == []
    assert told(stopped("pick"), DONE) == [("finished", "done")]
    assert told(stopped("under way"), PICK) == [("decision", "pick")]


def test_a_need_is_told_though_the_rest_of_the_chain_goes_on() -> None:
    """Whoever could decide hears of it at once; a pause of one's own is no news."""
    bulletins = Bulletins({})
    assert told(bulletins, BUSY, PICK) == [("decision", "pick")]
    assert told(bulletins, PICK) == []
    elsewhere = replace(PICK, place=Place("p", "c", "5"))
    assert told(bulletins, elsewhere) == [("decision", "pick")]
    assert told(bulletins, PICK) == [("decision", "pick")], "rejected, made again, and to be picked again"
    assert told(bulletins, Finish(Ending.PAUSED, "as far as --through")) == []


def test_budgets_are_an_occasion_of_their_own() -> None:
    """Who raises budgets need not be who picks takes."""
    assert told(Bulletins({}), Hold(Need.BUDGET, "40 calls are spent")) == [("budget", "budget")]
    assert told(Bulletins({}), Hold(Need.PAYMENT, "no money")) == [("decision", "payment")]


def test_a_bulletin_says_what_to_type_and_steers_no_terminal() -> None:
    """Foreign text in it is harmless, the command stands apart."""
    hold = Hold(Need.PICK, "pick \x1b[2Jone: orchestrate take pick p:c.2@N", Place("p", "c", "2"))
    (bulletin,) = Bulletins({}).news_of(view(hold), NOW)
    assert bulletin.place == "p:c.2"
    assert bulletin.how[0] == "orchestrate take pick p:c.2@N"
    assert "\x1b" not in bulletin.text
    assert bulletin.text.startswith("p:c.2 needs you: pick: pick ")


def test_what_expires_is_told_by_plan() -> None:
    """One message a plan, the soonest named, however many videos are on the way out."""
    passing = tuple(
        Passing(TakeKey(str(number)), place, NOW + timedelta(hours=number), "its file is not here yet")
        for number, place in enumerate(["p:c.1", "q:d.1", "p:c.2"], 1)
    )
    first, second = expiring_bulletins(passing, NOW)
    assert (first.event, first.plan, first.place) == (Occasion.EXPIRING, "p", "p:c.1")
    assert first.text.endswith("and 1 more")
    assert (second.plan, second.text.endswith("its file is not here yet")) == ("q", True)

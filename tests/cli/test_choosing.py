"""A person's choices typed as commands: what is written, what is refused, and what follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.facts import (
    PersonFact,
    Reason,
    StepApproved,
    TakePicked,
    TakeRejected,
    TakeRetried,
    TakeWanted,
)
from orchestrator.plan import Kind
from orchestrator.planfile import parse
from orchestrator.store import find_home, open_reader
from tests.cli.conftest import KOI, Type, begun, keep_journal, koi
from tests.histories import History

REVIEWED = KOI.replace("takes: 2, pick: ask", "review: true")


def said() -> list[PersonFact]:
    """What persons have said, in order."""
    with open_reader(find_home().journal) as reader:
        return [each.fact for each in reader.facts() if isinstance(each.fact, PersonFact)]


@pytest.fixture
def made() -> tuple[str, str]:
    """Both takes of leap are made; their keys."""
    history = begun(History(koi())).adopt()
    history.make()
    first, second = history.make(), history.make(gained="5")
    keep_journal(history)
    return first.take, second.take


@pytest.fixture
def reviewed() -> None:
    """A step waits for a look."""
    history = begun(History(parse(REVIEWED.encode(), "koi.yaml"))).adopt()
    history.make()
    history.make()
    keep_journal(history)


def test_takes_are_listed_with_what_one_chooses_by(type_in: Type, made: tuple[str, str]) -> None:
    """Lengths, files to look at, which one is picked, and what to type: all that a choice needs."""
    typed = type_in("take", "list", "锦鲤.leap")
    assert typed.out.rstrip().replace("  →", "").splitlines()[0].startswith("koi:锦鲤.leap")
    assert f"videos/{made[0]}.mp4" in typed.out
    assert "none yet, the plan asks you" in typed.out
    assert "orchestrate take pick koi:锦鲤.leap@N" in typed.out
    assert "+4.5 s" in typed.out
    listed = json.loads(type_in("take", "list", "锦鲤", "--json").out)
    assert [take["added"] for take in listed["takes"]] == ["4.5", "5.0"]
    assert listed["picked"] is None


def test_a_pick_is_written_and_shown(type_in: Type, made: tuple[str, str]) -> None:
    """The last word counts, whichever way the take was named."""
    assert type_in("take", "pick", "锦鲤.leap@2").status == 0
    assert type_in("take", "pick", made[0][:8]).status == 0
    assert [type(fact) for fact in said()] == [TakePicked, TakePicked]
    listed = json.loads(type_in("take", "list", "锦鲤.leap", "--json").out)
    assert (listed["picked"], listed["picked_by_a_person"]) == (1, 1)
    assert "→  @1" in type_in("take", "list", "锦鲤.leap").out
    assert "picked: @1, by you (the plan asks you otherwise)" in type_in("take", "list", "锦鲤.leap").out


def test_what_cannot_be_picked_is_refused(type_in: Type, made: tuple[str, str]) -> None:
    """A take that is not there, not made, or not named is a mistake, and nothing is written."""
    assert "there is no such take; there are @1, @2" in type_in("take", "pick", "锦鲤.leap@3").err
    assert "say which take: @1, @2" in type_in("take", "pick", "锦鲤.leap").err
    assert "nothing is called" in type_in("take", "pick", "锦鲤.jump@1").err
    type_in("take", "new", "锦鲤.leap")
    typed = type_in("take", "pick", "锦鲤.leap@3")
    assert (typed.status, "is not made yet" in typed.err) == (2, True)
    assert [type(fact) for fact in said()] == [TakeWanted]


def test_one_more_take_is_wanted_once_per_command(type_in: Type, made: tuple[str, str]) -> None:
    """`new` counts from what is wanted already, by the plan or by an earlier word."""
    type_in("take", "new", "锦鲤.leap")
    type_in("take", "new", "锦鲤.leap")
    assert [fact.takes for fact in said() if isinstance(fact, TakeWanted)] == [3, 4]


def test_rejecting_asks_for_another_unless_told_not_to(type_in: Type, made: tuple[str, str]) -> None:
    """The rejected take is gone from the choice, and one more is wanted in its place."""
    assert type_in("take", "reject", "锦鲤.leap@1").status == 0
    assert [type(fact) for fact in said()] == [TakeRejected, TakeWanted]
    assert "is rejected already" in type_in("reject", "锦鲤.leap@1").err
    assert type_in("reject", "锦鲤.leap@2", "--no-new").status == 0
    assert len(said()) == 3
    listed = json.loads(type_in("take", "list", "锦鲤.leap", "--json").out)
    assert [take["rejected"] for take in listed["takes"]] == [True, True, False]
    assert "kept, rejected" in type_in("take", "list", "锦鲤.leap").out


def test_a_review_is_approved_once(type_in: Type, reviewed: None) -> None:
    """The chain goes on after the look, and saying so twice says that it was said."""
    assert json.loads(type_in("status", "--json").out)["waiting"][0]["need"] == "review"
    assert type_in("approve", "锦鲤").status == 0
    assert [type(fact) for fact in said()] == [StepApproved]
    assert json.loads(type_in("status", "--json").out)["waiting"] == []
    assert "is approved already" in type_in("approve", "锦鲤.leap").err
    assert "waits for no approval" in type_in("approve", "锦鲤.1").err


def test_rejecting_what_was_looked_at_asks_for_a_new_take_and_a_new_look(
    type_in: Type, reviewed: None
) -> None:
    """`reject` without a number means the take under review; its approval does not pass to the next."""
    type_in("approve", "锦鲤.leap")
    assert type_in("reject", "锦鲤.leap").status == 0
    listed = json.loads(type_in("take", "list", "锦鲤.leap", "--json").out)
    assert [take["rejected"] for take in listed["takes"]] == [True, False]
    assert listed["approved"] is False
    assert "is not made yet" in type_in("approve", "锦鲤.leap").err


def test_a_drifting_film_waits_to_be_looked_at(type_in: Type) -> None:
    """A film whose look drifts stops before the next paid step; an approval lets it go on, and says so."""
    steps = ", ".join('"锦鲤 [drift]"' for _ in range(4))
    Path("drift.yaml").write_text(
        "version: 1\nprovider: {name: sandbox, speed: 500}\ndrift: {stop: 0.45}\nchains:\n"
        f"  a: {{source: {{text: {{prompt: 锦鲤, model_name: kling-v1-6}}}}, steps: [{steps}]}}\n",
        "utf-8",
    )
    assert "once its look has drifted beyond 0.45" in type_in("plan", "drift.yaml").out
    typed = type_in("run", "drift.yaml", "--yes")
    assert typed.status == 5
    assert "orchestrate approve drift:a.2" in typed.out + typed.err
    shown = type_in("status")
    assert "beyond 0.45 (saturation" in shown.out
    assert "orchestrate lineage show drift:a.2 --drift" in shown.out
    assert "drift 0." in type_in("take", "list", "a.2").out
    (take,) = json.loads(type_in("take", "list", "a.2", "--json").out)["takes"]
    assert take["drift"]["largest"] == "saturation"
    assert type_in("approve", "a.2").status == 0
    assert type_in("resume", "--yes").status == 5
    assert "orchestrate approve drift:a.3" in type_in("status").out
    assert type_in("approve", "a.3").status == 0
    assert type_in("resume", "--yes").status == 0


def test_extending_is_tried_again_where_it_was_refused(type_in: Type) -> None:
    """Under auto a step would go on by frame by now; a person may have extending tried once more."""
    text = KOI.replace("name: koi", "name: koi\ncontinue: auto")
    history = begun(History(parse(text.encode(), "koi.yaml"))).adopt()
    history.keep(history.lineage.roots[0])
    refused = history.begin()
    history.decline(refused, Reason.REFUSED, "This video not supported extend-video", "1201")
    keep_journal(history)
    typed = type_in("retry", "锦鲤.1")
    assert typed.status == 0, typed.err
    with open_reader(find_home().journal) as reader:
        words = [each.fact for each in reader.facts() if isinstance(each.fact, TakeRetried)]
    assert refused.take in [word.take for word in words]
    assert [submit.kind for submit in history.write(*words).submits()] == [Kind.EXTEND]
    assert type_in("retry", "锦鲤.leap").status == 2

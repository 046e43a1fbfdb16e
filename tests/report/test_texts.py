"""What people read at 80 columns: forecasts, status, trees, single takes, costs and the end of a run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from inline_snapshot import snapshot

from orchestrator.budget import Spent
from orchestrator.errors import DiskError, JournalBrokenError, OrchestratorError, PaymentError, PlanError
from orchestrator.facts import AttemptBegun, Reason
from orchestrator.identity import TakeKey
from orchestrator.plan import FILL, Limits, Step
from orchestrator.planner import ChainView, Forecast, Hold, Need, Place, forecast, views_of
from orchestrator.report import (
    cost_csv,
    cost_json,
    cost_text,
    find,
    forecast_json,
    forecast_text,
    forest,
    json_text,
    places_of,
    show_json,
    show_text,
    status_json,
    status_of,
    status_text,
    summary_json,
    summary_text,
    tree_json,
    tree_text,
)
from orchestrator.report.text import width
from tests.histories import History, plan_of
from tests.report.pond import facing, pond, views

pytestmark = pytest.mark.usefixtures("shanghai")


@dataclass(frozen=True)
class Result:
    """The end of a run, as the runner would tell it."""

    views: tuple[ChainView, ...]
    strays: tuple[Hold, ...] = ()
    spent: Spent = field(default_factory=lambda: Spent(8, Decimal(16), Decimal(16)))
    in_the_air: tuple[AttemptBegun, ...] = ()
    unkept: int = 0
    drained: bool = False
    error: OrchestratorError | None = None


def seen(history: History) -> Forecast:
    lineage, ledger = history.lineage, history.ledger
    found = views_of(history.plan, lineage, ledger, history.now, history.run)
    return forecast(history.plan, found, lineage, ledger, history.now)


def harmless(text: str) -> str:
    """The text, checked: no line too wide, nothing that steers a terminal."""
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    too_wide = [line for line in text.split("\n") if width(line) > 80 and "→" not in line]
    assert not too_wide
    return "\n" + text + "\n"


def take_named(history: History, name: str) -> TakeKey:
    return find(name, history.lineage, views(history))


def test_a_forecast_tells_each_step_and_the_sums() -> None:
    """Before anything is paid a person sees what becomes of every step, in words."""
    wanted = (
        Step("1", "锦鲤缓缓游过荷叶"),
        Step("leap", "锦鲤跃出水面", takes=3),
        Step("3", "x", repeat=FILL),
    )
    history = History(plan_of(*wanted, chain={"until": Decimal(60)}, budget=Limits(calls=14))).adopt()
    history.make()
    assert harmless(forecast_text(seen(history))) == snapshot("""\

p on dmxapi with 5 slots

c  0:09 → 1:00–1:05 · 13–15 calls · 26–30 units · 44–78 min
  1     reused     锦鲤缓缓游过荷叶
  leap  new        锦鲤跃出水面                                3 takes · 3 calls
  3     later      x                                          fill · 10–12 calls

Next: 13–15 calls · 26–30 units · cost unknown · 44–78 min
Budget: the budget of plan p may stop it: calls 14, 1 of it used, 13 to 15
        wanted
So far: 1 call · 2 units · cost unknown
""")


def test_a_forecast_of_what_waits_tells_why() -> None:
    """A blocked, failed or unclear chain says so in the words of the planner."""
    assert harmless(forecast_text(seen(pond()))) == snapshot("""\

pond on dmxapi with 5 slots

锦鲤  0:09 → 1:00–1:05 · pick
  takes 1, 2, 3 are made: orchestrate take pick pond:锦鲤.leap@N
  1     reused     锦鲤缓缓游过荷叶
  leap  blocked    锦鲤跃出水面 [/red][2J1m                     3 takes · 3 made
  3     later      涟漪                                       fill · 10–12 calls
        waits for a pick of pond:锦鲤.leap

夜  0:09 · failed
  failed once: 任务失败，请稍后重试[31m (dmxapi may charge for failed tasks):
  orchestrate retry pond:夜.2
  1  reused     夜幕降临
  2  left over  萤火虫亮起

雨  0:09 · unclear
  cannot tell
  1  blocked    下雨
  2  blocked    停

Nothing would be submitted now.
Later: 10–12 calls once a person has picked or approved
So far: 7 calls · 14 units · CNY 14.00
""")


def test_many_alike_steps_are_told_in_one_line() -> None:
    """A chain of fifty steps still fits on a screen."""
    text = forecast_text(seen(History(plan_of(*"abcdefghijklmnopqrstuvwxyz" * 2)).adopt()))
    assert len(harmless(text).splitlines()) < 20
    assert "39 more like these" in text


def test_a_forecast_is_whole_in_json() -> None:
    """A program sees the same numbers as a person."""
    found = json.loads(json_text(forecast_json(seen(pond()))))
    assert found["next"]["calls"] == {"low": 0, "high": 0}
    assert found["later_calls"] == {"low": 10, "high": 12}
    assert [chain["state"] for chain in found["chains"]] == ["pick", "failed", "unclear"]


def test_status_tells_what_to_type() -> None:
    """Whoever looks learns what is in the air, what waits for a word of theirs, and how to give it."""
    history = pond()
    assert harmless(status_text(status_of(facing(history)), history.now)) == snapshot("""\

.orchestrate · 27 facts
no run is working

In the air: 1
  pond:雨.1  unclear  0 s of about 5 min 20 s

Waiting for you: 2
  pond:锦鲤.leap  pick: takes 1, 2, 3 are made
    → orchestrate take pick pond:锦鲤.leap@N
    → orchestrate take list pond:锦鲤.leap   # lengths and files
  pond:雨.1  unclear: cannot tell
    → orchestrate resolve pond:雨.1 --task-id task-cand1
    → orchestrate resolve pond:雨.1 --task-id task-cand2
    → orchestrate resolve pond:雨.1 --not-submitted
    → orchestrate resolve pond:雨.1 --abandon

Chains
  pond:锦鲤  pick     0:09  takes 1, 2, 3 are made
  pond:夜    failed   0:09  failed once: 任务失败，请稍后重试[31m (dmxapi may c…
  pond:雨    unclear  0:09  cannot tell

Gone from the provider within 7 days
  pond:锦鲤.0  in 3 d 23 h (2026-11-05 20:00:00 +08:00)  its file is not here y…

Spent: 7 calls · 14 units · cost 14.00
3 files still to be fetched: orchestrate resume
""")


def test_status_is_whole_in_json() -> None:
    """A program can act on what waits."""
    found = json.loads(json_text(status_json(status_of(facing(pond())))))
    assert [ask["need"] for ask in found["waiting"]] == ["pick", "unclear"]
    assert found["spent"][0]["calls"] == 7
    assert found["in_the_air"][0]["place"] == "pond:雨.1"


def test_the_tree_indents_only_where_it_branches() -> None:
    """A chain of forty steps does not run out of the screen; takes stand below their parent."""
    history = pond()
    drawn = forest(history.lineage, views(history), history.now)
    assert harmless(tree_text(drawn)) == snapshot("""\

                                            length  units  state        node
● 锦鲤.0  video video-0                       0:05         made 3 d     636cea7f
● 锦鲤.1  锦鲤缓缓游过荷叶                    0:09      2  kept 29 d    f3eaa4f1
├─● 锦鲤.leap@1  锦鲤跃出水面 [/red][2J1m     0:14      2  kept 29 d    1d8864b8
├─● 锦鲤.leap@2  锦鲤跃出水面 [/red][2J1m     0:14      2  kept 29 d    a36991e0
├─● 锦鲤.leap@3  锦鲤跃出水面 [/red][2J1m     0:14      2  made 29 d    4e2f8ccb
└─? 雨.1  下雨                                          2  unclear      8a9f9491
● 夜.0  video video-9                         0:05         made 29 d    7f578262
● 夜.1  夜幕降临                              0:09      2  kept 29 d    a0f96196
× 夜.2  萤火虫亮起                                      2  failed       5f04ae53
""")


def test_a_narrow_tree_keeps_its_names() -> None:
    """Where there is little room, units and states are left out before the names of the takes are."""
    history = pond()
    drawn = forest(history.lineage, views(history), history.now)
    assert harmless(tree_text(drawn, 40)) == snapshot("""\

                        length  node
● 锦鲤.0  video video…    0:05  636cea7f
● 锦鲤.1  锦鲤缓缓游…     0:09  f3eaa4f1
├─● 锦鲤.leap@1  锦鲤…    0:14  1d8864b8
├─● 锦鲤.leap@2  锦鲤…    0:14  a36991e0
├─● 锦鲤.leap@3  锦鲤…    0:14  4e2f8ccb
└─? 雨.1  下雨                  8a9f9491
● 夜.0  video video-9     0:05  7f578262
● 夜.1  夜幕降临          0:09  a0f96196
× 夜.2  萤火虫亮起              5f04ae53
""")
    assert "units" not in tree_text(drawn, 56)
    assert "state" in tree_text(drawn, 56)


def test_takes_that_no_plan_wants_are_hidden_until_asked_for() -> None:
    """An edited prompt leaves a side branch that does not clutter the tree, and is not lost."""
    history = History(plan_of("a", "b")).adopt()
    history.make()
    history.make()
    history.plan = plan_of("a", "c")
    drawn = forest(history.lineage, views(history), history.now)
    assert "1 more take that no plan wants any more: --all" in tree_text(drawn)
    everything = forest(history.lineage, views(history), history.now, everything=True)
    assert len(tree_json(everything)) == len(tree_json(drawn)) + 1


def test_a_tree_can_begin_at_any_take() -> None:
    """Somebody interested in one branch is shown that branch."""
    history = pond()
    below = take_named(history, "锦鲤.1")
    drawn = forest(history.lineage, views(history), history.now, roots=[below])
    assert tree_json(drawn)[0]["places"] == ["pond:锦鲤.1"]
    assert len(tree_json(drawn)) == 5


def test_show_tells_everything() -> None:
    """One place for prompt, lengths, ids, times, money, file and expiry of a take."""
    history = pond()
    key = take_named(history, "锦鲤.leap@1")
    text = show_text(history.lineage, key, places_of(views(history)), history.now, 80)
    assert harmless(text) == snapshot("""\

pond:锦鲤.leap@1  kept

  take            1d8864b84d5b53a7503ba076fb9841e13a9506a6
  grows from      pond:锦鲤.1 (f3eaa4f1)
  kind            video-extend
  prompt          锦鲤跃出水面 [/red][2J1m
  length          0:14 (14.1 s, 4.5 s more than its parent)
  video id        video-1d8864
  task id         task-1d8864-1
  account         dmxapi
  model           kling-v1-6 std
  created         2026-11-01 20:10:40 +08:00
  at provider     until 2026-12-01 20:10:40 +08:00 (29 d 23 h)
  file            videos/1d8864b84d5b53a7503ba076fb9841e13a9506a6.mp4
                  1,000 bytes, 320×180, 9.6 s, kept 2026-11-01 20:16:00 +08:00
  sha256          00

  attempt 1
    begun         2026-11-01 20:10:40 +08:00 by run run-1 for pond:锦鲤
    accepted      2026-11-01 20:10:40 +08:00
    task id       task-1d8864-1
    succeeded     2026-11-01 20:16:00 +08:00, took 5 min 20 s
    cost          spent: 2 units, cost 2.00
""")


def test_show_tells_how_attempts_failed() -> None:
    """The provider's own words are kept for whoever has to find out."""
    history = pond()
    text = show_text(history.lineage, take_named(history, "夜.2"), places_of(views(history)), history.now, 80)
    assert "failed        2026-11-01" in harmless(text)
    assert "任务失败，请稍后重试" in text
    unclear = show_text(
        history.lineage, take_named(history, "雨.1"), places_of(views(history)), history.now, 80
    )
    assert "task-cand1, task-cand2" in harmless(unclear)


def test_show_is_whole_in_json() -> None:
    """Raw answers and all facts of the attempts are there for programs."""
    history = pond()
    found = show_json(history.lineage, take_named(history, "夜.2"), places_of(views(history)))
    assert found["attempts"][0]["end"]["reason"] == "other"
    assert found["attempts"][0]["ledger"]["standing"] == "unknown"


def test_costs_are_told_by_day_and_chain() -> None:
    """What was estimated, reserved and spent stands in columns, in the local day."""
    entries = tuple(pond().ledger.entries.values())
    assert harmless(cost_text(entries)) == snapshot("""\

day         chain      calls  estimated  reserved  spent  unknown  cost
2026-11-01  pond:夜        2          4               ~2        2  4.00
2026-11-01  pond:锦鲤      4          8               ~8           8.00
2026-11-01  pond:雨        1          2         2                  2.00

7 calls · 14 units · cost 14.00
In units; ~ where the provider did not say what it took, ? where nobody knows.
""")
    assert cost_text([]) == "Nothing has been paid for from this journal."


def test_costs_as_csv_are_exact() -> None:
    """A spreadsheet gets every sum with its unknowns left empty, not zero."""
    history = History(plan_of("a", "b")).adopt()
    history.succeed(history.start(), units=Decimal("1.5"))
    history.decline(history.begin(), Reason.BUSY)
    rows = list(csv.DictReader(io.StringIO(cost_csv(history.ledger.entries.values()))))
    assert len(rows) == 1
    assert (rows[0]["billed_units"], rows[0]["billed_cost"]) == ("1.5", "")
    assert (rows[0]["estimated_units"], rows[0]["declined_calls"]) == ("2", "1")
    lines = cost_json(history.ledger.entries.values())["lines"]
    assert lines[0]["billed"]["units"] == "1.5"


def test_a_summary_ends_with_what_to_type() -> None:
    """After a run a person knows what there is, what to decide, and how to go on."""
    history = pond()
    begun = next(each.begun for key in history.lineage.open for each in history.lineage.takes[key].open)
    result = Result(views(history), in_the_air=(begun,), unkept=2)
    films = {("pond", "夜"): "films/夜.mp4"}
    assert harmless(summary_text(result, [history.plan], films)) == snapshot("""\

pond: 0 of 3 chains done

  锦鲤   0:09  pick     takes 1, 2, 3 are made
                        videos/f3eaa4f19f8a410a488e72cb3b58936e9ee65a32.mp4
  夜     0:09  failed   failed once: 任务失败，请稍后重试[31m (dmxapi may
                        charge for failed tasks)
                        → orchestrate retry pond:夜.2
                        films/夜.mp4
  雨     0:09  unclear  cannot tell

Waiting for you: 2
  pond:锦鲤.leap  pick: takes 1, 2, 3 are made
    → orchestrate take pick pond:锦鲤.leap@N
    → orchestrate take list pond:锦鲤.leap   # lengths and files
  pond:雨.1  unclear: cannot tell
    → orchestrate resolve pond:雨.1 --task-id task-cand1
    → orchestrate resolve pond:雨.1 --task-id task-cand2
    → orchestrate resolve pond:雨.1 --not-submitted
    → orchestrate resolve pond:雨.1 --abandon

In the air: 1 submission (pond:雨.1); nothing is lost, the next run goes on
with them
Not fetched: 2 files; the provider keeps them for 30 days
This run: 8 calls · 16 units · CNY 16.00
Go on with: orchestrate resume pond.yaml
""")


def test_a_summary_repeats_what_the_next_run_needs() -> None:
    """A resume that looked for its journal elsewhere would begin an empty one, and pay again."""
    history = pond()
    text = summary_text(Result(views(history)), [history.plan], options=("--state", "/mnt/my films"))
    assert text.endswith("Go on with: orchestrate resume pond.yaml --state '/mnt/my films'")


def test_whatever_is_to_be_typed_names_a_journal_that_is_not_found_by_itself() -> None:
    """A command that is copied from the screen must not ask another journal, or begin one."""
    history, place = pond(), ("--state", "/mnt/my films")
    status = status_text(status_of(facing(history)), history.now, place=place)
    summary = summary_text(Result(views(history), unkept=1), [history.plan], options=place, place=place)
    for text in (status, summary):
        commands = [line for line in text.splitlines() if " orchestrate " in line]
        assert len(commands) > 5
        assert all(line.partition("   #")[0].endswith("--state '/mnt/my films'") for line in commands)


def test_a_summary_of_a_finished_run_is_short() -> None:
    """When all is done there is nothing to type."""
    history = History(plan_of("a")).adopt()
    history.make()
    text = summary_text(Result(views(history)), [history.plan])
    assert "1 of 1 chain done" in text
    assert "Go on" not in text
    assert summary_json(Result(views(history)))["chains"][0]["state"] == "done"


def test_a_summary_tells_why_a_run_stopped() -> None:
    """An empty account and a Ctrl-C are told apart."""
    history = History(plan_of("a")).adopt()
    stopped = Result(views(history), error=PaymentError("the account is empty"))
    assert "The run stopped: the account is empty" in summary_text(stopped, [history.plan])
    sent = history.start()
    gone = Result(views(history), in_the_air=(sent,), error=JournalBrokenError("journal.db was removed"))
    assert "nothing is lost" not in summary_text(gone, [history.plan])
    full = Result(views(history), in_the_air=(sent,), error=DiskError("no room"))
    assert "nothing is lost" in summary_text(full, [history.plan])
    drained = Result(views(history), drained=True)
    assert "The run was asked to stop." in summary_text(drained, [history.plan])
    stray = Hold(Need.SUSPENDED, "task x has not ended", Place("old", "c", "1"), TakeKey("t"))
    asked = summary_text(Result(views(history), (stray,)), [history.plan])
    assert "orchestrate resolve old:c.1 --abandon" in asked


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("pond:锦鲤.1", "pond:锦鲤.1"),
        ("锦鲤.1", "pond:锦鲤.1"),
        ("锦鲤", "pond:锦鲤.1"),
        ("锦鲤.0", "pond:锦鲤.0"),
        ("锦鲤.leap@2", "pond:锦鲤.leap@2"),
        ("video-9", "pond:夜.0"),
        ("雨.1", "pond:雨.1"),
    ],
)
def test_a_name_finds_its_take(name: str, place: str) -> None:
    """People may say as little of a name as is enough."""
    history = pond()
    found = places_of(views(history))[take_named(history, name)]
    assert place in [str(each) for each in found]


def test_the_beginning_of_a_key_or_id_is_a_name() -> None:
    """What stands in the tree's last column can be typed."""
    history = pond()
    key = take_named(history, "锦鲤.1")
    assert take_named(history, key[:8]) == key
    task = history.lineage.take(key).last
    assert task is not None
    assert take_named(history, str(task.task_id)) == key


def test_an_ambiguous_name_lists_what_it_can_be() -> None:
    """Nobody has to guess what else a name could mean."""
    history = pond()
    with pytest.raises(PlanError, match=r"can be any of 3; say more of it:\n.*pond:锦鲤\.leap@1"):
        take_named(history, "锦鲤.leap")
    with pytest.raises(PlanError, match="can be any of"):
        take_named(history, "task-")


@pytest.mark.parametrize("name", ["nobody", "锦鲤.9", "x:锦鲤", "tas", "a b", "锦鲤.1@7", ""])
def test_a_name_of_nothing_is_said_kindly(name: str) -> None:
    """An unknown name, or one too short, says what names look like."""
    with pytest.raises(PlanError, match="name a place such as"):
        take_named(pond(), name)


def test_a_repeated_step_is_the_newest_unless_numbered() -> None:
    """`c.1` of a filled step is its newest repetition, `c.1#1` the first."""
    history = History(plan_of(Step("1", "x", repeat=FILL))).adopt()
    first = history.make()
    second = history.make()
    assert take_named(history, "c.1") == second.take
    assert take_named(history, "c.1#1") == first.take

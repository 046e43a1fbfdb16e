"""Commands that only read: they need no key, say kindly what is missing, and speak JSON."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.cli.init import TEMPLATES
from orchestrator.facts import ChainStopped, RunBegan
from orchestrator.planfile import load
from tests.cli.conftest import KOI, Type, begun, keep_journal, koi
from tests.histories import History


@pytest.fixture
def made() -> History:
    """A history in which the first step and both takes are made."""
    history = begun(History(koi())).adopt()
    history.make()
    history.make()
    history.make()
    return history


def write_plan(text: str = KOI, name: str = "koi.yaml") -> None:
    Path(name).write_text(text, "utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_a_good_plan(template: str, type_in: Type) -> None:
    """What `init` writes holds as it is, is linked to a schema that exists, and is explained."""
    typed = type_in("init", "锦鲤", "--template", template)
    assert (typed.status, typed.err) == (0, "")
    text = Path("锦鲤.yaml").read_text("utf-8")
    link = re.search(r"\$schema=(\S+)", text)
    assert link is not None
    assert json.loads(Path(link[1]).read_text("utf-8"))["title"] == "Plan of orchestrate"
    assert load("锦鲤.yaml").name == "锦鲤"
    assert type_in("validate", "锦鲤.yaml").status == 0
    assert type_in("plan", "锦鲤.yaml").status == 0
    assert "plan.yaml" not in text


def test_init_never_overwrites(type_in: Type) -> None:
    """A plan somebody wrote is theirs."""
    write_plan("mine", "plan.yaml")
    typed = type_in("init")
    assert typed.status == 2
    assert "plan.yaml exists already and is not overwritten" in typed.err
    assert Path("plan.yaml").read_text() == "mine"
    assert type_in("init", "a b").status == 2


def test_init_in_a_folder_below_links_upwards(type_in: Type) -> None:
    """The state folder of the project is used, wherever in it the plan is written."""
    type_in("init", "first")
    Path("plans").mkdir()
    typed = type_in("init", "plans/second")
    assert typed.status == 0
    assert "$schema=../.orchestrate/plan.schema.json" in Path("plans/second.yaml").read_text("utf-8")


def test_init_where_nothing_can_be_written_says_so(type_in: Type) -> None:
    """A folder that is not there is the operator's to make, not a bug."""
    typed = type_in("init", "nowhere/plan")
    assert typed.status == 8
    assert "cannot be written" in typed.err


def test_validate_tells_every_problem_of_every_plan(type_in: Type) -> None:
    """All that is wrong, with its place, at once; a good plan beside a bad one is still told to be good."""
    write_plan()
    write_plan(KOI.replace("takes: 2", "takes: two").replace("version: 1", "version: 7"), "bad.yaml")
    typed = type_in("validate", "koi.yaml", "bad.yaml", "none.yaml")
    assert typed.status == 2
    assert "koi.yaml: koi holds: 1 chain, 3 steps" in typed.out
    assert typed.out.count("bad.yaml:") == 2
    assert "there is no plan none.yaml" in typed.out
    found = json.loads(type_in("validate", "--json", "koi.yaml", "bad.yaml").out)
    assert [each["valid"] for each in found] == [True, False]
    assert {problem["line"] for problem in found[1]["problems"]} == {1, 9}


def test_plan_needs_neither_key_nor_journal(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can see what a plan would do, and nothing is left behind by looking."""
    for name in [name for name in os.environ if "API_KEY" in name]:
        monkeypatch.delenv(name)
    write_plan()
    typed = type_in("plan", "koi.yaml")
    assert typed.status == 0
    assert "Next: 3 calls" in typed.out
    assert "There is no journal yet" in typed.err
    assert not Path(".orchestrate").exists()


def test_a_missing_key_is_said_before_anything_is_asked(
    type_in: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody agrees to a payment only to learn that it cannot be made."""
    monkeypatch.delenv("DMXAPI_API_KEY", raising=False)
    Path("koi.yaml").write_text(KOI, encoding="utf-8")
    typed = type_in("run", "koi.yaml")
    assert typed.status == 6
    assert "set DMXAPI_API_KEY" in typed.err
    assert "Go on?" not in typed.err
    assert not Path(".orchestrate").exists()


def test_plan_tells_by_its_status_whether_anything_is_pending(type_in: Type, made: History) -> None:
    """A script can ask whether a run would do anything."""
    write_plan()
    assert type_in("plan", "koi.yaml", "--detailed-exitcode").status == 10
    keep_journal(made)
    assert type_in("plan", "koi.yaml", "--detailed-exitcode").status == 10  # once somebody has picked
    write_plan(KOI.replace("      - 涟漪散开\n", ""))
    assert type_in("plan", "koi.yaml", "--detailed-exitcode").status == 0
    found = json.loads(type_in("plan", "koi.yaml", "--json").out)
    assert [step["state"] for step in found[0]["chains"][0]["steps"]] == ["reused", "blocked"]


def test_status_tells_what_waits(type_in: Type, made: History) -> None:
    """The whole journal at a glance, with the command to type."""
    keep_journal(made)
    typed = type_in("status")
    assert typed.status == 0
    assert "→ orchestrate take pick koi:锦鲤.leap@N" in typed.out
    assert "no run is working" in typed.out
    assert json.loads(type_in("status", "--json").out)["waiting"][0]["need"] == "pick"


def test_status_survives_a_plan_that_no_longer_holds(type_in: Type) -> None:
    """A plan of an older version is named and its last state told; the rest is shown all the same."""
    history = begun(History(koi()))
    broken = history.facts[0].fact
    assert isinstance(broken, RunBegan)
    other = replace(broken, plan="old", text="version: 0")
    history.write(other, ChainStopped(history.now, "run-1", "old", "c", "failed", "bad luck"))
    keep_journal(history)
    typed = type_in("status")
    assert typed.status == 0
    assert "old: its text in the journal no longer holds" in typed.out
    assert re.search(r"old:c\s+failed\s+\?\s+bad luck", typed.out)


def test_lineage_draws_and_shows(type_in: Type, made: History) -> None:
    """Every video has its place in the tree, and everything known of it is one command away."""
    keep_journal(made)
    tree = type_in("lineage", "tree")
    assert [line.split()[1] for line in tree.out.splitlines()[1:]] == [
        *("锦鲤.0", "锦鲤.1", "锦鲤.leap@1", "锦鲤.leap@2"),
    ]
    assert type_in("lineage", "tree", "koi").out == tree.out
    assert len(type_in("lineage", "tree", "锦鲤.leap@1").out.splitlines()) == 2
    node = tree.out.splitlines()[-1].split()[-1]
    shown = type_in("lineage", "show", node)
    assert shown.out.startswith("koi:锦鲤.leap@2  kept")
    assert "锦鲤跃出水面 [/red]" in shown.out
    assert json.loads(type_in("lineage", "show", "锦鲤.leap@2", "--json").out)["take"].startswith(node)


def test_an_ambiguous_or_unknown_node_exits_with_usage(type_in: Type, made: History) -> None:
    """The candidates are listed, and a script sees that nothing was shown."""
    keep_journal(made)
    ambiguous = type_in("lineage", "show", "锦鲤.leap")
    assert ambiguous.status == 2
    assert "koi:锦鲤.leap@1" in ambiguous.err
    assert type_in("lineage", "show", "nobody").status == 2
    assert type_in("lineage", "tree", "nobody").status == 2


def test_costs_in_three_forms(type_in: Type, made: History) -> None:
    """For people, for spreadsheets and for programs."""
    keep_journal(made)
    assert "koi:锦鲤" in type_in("cost").out
    assert type_in("cost", "--csv").out.splitlines()[1].split(",")[5] == "3"
    assert json.loads(type_in("cost", "--json").out)["lines"][0]["chain"] == "锦鲤"
    assert type_in("cost", "--json", "--csv").status == 2


def test_without_a_journal_reading_says_so_kindly(type_in: Type) -> None:
    """Nothing run yet is no error, except where one take was asked for."""
    for command in (["status"], ["lineage", "tree"], ["cost"]):
        typed = type_in(*command)
        assert (typed.status, typed.out) == (0, ""), command
        assert "nothing has been run from here" in typed.err
        json.loads(type_in(*command, "--json").out)
    assert "nothing has been run from here" in type_in("resume").err
    assert type_in("lineage", "show", "abcd").status == 2
    assert type_in("lineage", "tree", "abcd").status == 2
    assert not Path(".orchestrate").exists()


def test_the_state_folder_can_be_named(type_in: Type, made: History) -> None:
    """`--state` is understood by every command that reads a journal."""
    keep_journal(made, Path("elsewhere"))
    for command in (["status"], ["lineage", "tree"], ["lineage", "show", "锦鲤.1"], ["cost"]):
        assert type_in(*command, "--state", "elsewhere").out


def test_the_schema_is_json(type_in: Type) -> None:
    """Editors read it."""
    assert json.loads(type_in("schema").out)["title"] == "Plan of orchestrate"


def test_the_sandbox_refuses_nonsense(type_in: Type) -> None:
    """A wrong option is said before anything is served."""
    assert type_in("sandbox", "--speed", "0").status == 2
    assert type_in("sandbox", "--port", "70000").status == 2
    assert type_in("sandbox", "--port", "0", "--faults", "none.json").status == 2

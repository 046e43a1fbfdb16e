"""Commands that look at the lineage: scripts, differences, files for others, sheets, pages, expiry."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import KOI, Type, begun, keep_journal, koi
from tests.histories import History


@pytest.fixture
def made(type_in: Type) -> History:
    """A journal in which the first step and both takes are made."""
    history = begun(History(koi())).adopt()
    for _ in range(3):
        history.make()
    keep_journal(history)
    return history


def test_a_path_is_printed_as_a_script(made: History, type_in: Type) -> None:
    """A chain, a place and an id all lead to the film: times, prompts, names."""
    typed = type_in("lineage", "path", "锦鲤.leap@2")
    assert typed.status == 0
    assert "0:09.6–0:14.1" in typed.out
    assert "锦鲤跃出水面 [/red]" in typed.out
    rows = json.loads(type_in("lineage", "path", "koi:锦鲤.leap@2", "--json").out)
    assert [row["gained"] for row in rows] == ["5.1", "4.5", "4.5"]
    assert type_in("lineage", "path", rows[-1]["take"][:8]).out == typed.out
    assert type_in("lineage", "path", "nowhere").status == 2
    at = type_in("lineage", "path", "锦鲤.leap@2", "--at", "0:11")
    assert "锦鲤跃出水面 [/red]" in at.out
    assert at.out == type_in("lineage", "path", "锦鲤.leap@2", "--at", "11").out
    assert json.loads(type_in("lineage", "path", "锦鲤.leap@2", "--at", "5.1", "--json").out) == [rows[1]]
    beyond = type_in("lineage", "path", "锦鲤.leap@2", "--at", "1:37")
    assert (beyond.status, "its length is 0:14.1" in beyond.err) == (2, True)
    assert type_in("lineage", "path", "锦鲤.leap@2", "--at", "soon").status == 2


def test_takes_and_plans_are_compared(made: History, type_in: Type) -> None:
    """Two takes part where their films do; a plan's file is compared with what the journal ran."""
    assert "the same film until 0:09.6" in type_in("lineage", "diff", "锦鲤.leap@1", "锦鲤.leap@2").out
    Path("new.yaml").write_text(KOI.replace("缓缓游过", "快速游过"), "utf-8")
    typed = type_in("lineage", "diff", "koi", "new.yaml")
    assert "锦鲤[-缓缓-]{+快速+}游过荷叶" in typed.out
    assert json.loads(type_in("lineage", "diff", "koi", "new.yaml", "--json").out)[0]["shared_steps"] == 1


@pytest.mark.parametrize("form", ["json", "graphml", "dot", "mermaid", "csv", "prov"])
def test_every_format_goes_to_stdout_or_a_file(form: str, made: History, type_in: Type) -> None:
    """What is printed and what is written are the same, and a plan or a node can be chosen."""
    typed = type_in("lineage", "export", "--format", form)
    assert typed.status == 0
    assert type_in("lineage", "export", "koi", "--format", form, "-o", "out").out == ""
    assert Path("out").read_text("utf-8") == typed.out
    one = type_in("lineage", "export", "锦鲤.1", "--format", form).out
    assert "锦鲤缓缓游过荷叶" in one
    assert type_in("lineage", "export", "-o", "missing/out").status == 8


def test_a_sheet_is_written_even_without_films(made: History, type_in: Type) -> None:
    """Where no file is there every cell is a placeholder, and the command succeeds."""
    typed = type_in("frames", "锦鲤.leap@1", "-o", "sheet.png")
    assert (typed.status, typed.out) == (0, "")
    assert Path("sheet.png").stat().st_size > 1000
    assert type_in("frames", "锦鲤.leap@1", "-o", "sheet.gif").status == 2


def test_the_page_is_written_as_one_file(made: History, type_in: Type) -> None:
    """Films are addressed from where the file is to where the state folder is."""
    Path("sub dir").mkdir()
    assert type_in("lineage", "page", "-o", "sub dir/lineage.html").status == 0
    text = Path("sub dir/lineage.html").read_text("utf-8")
    assert '"film":"../.orchestrate/videos/' in text
    assert type_in("lineage", "page", "-o", "missing/lineage.html").status == 8


def test_a_page_before_the_first_run_is_a_page(type_in: Type) -> None:
    """Nothing made yet is nothing to fail about."""
    assert type_in("lineage", "page").status == 0
    assert Path("lineage.html").exists()


def test_expiring_tells_cron(type_in: Type) -> None:
    """Exit status 10 when something that is needed expires in time, 0 when nothing does, 2 for nonsense."""
    assert type_in("expiring").status == 0
    history = begun(History(koi(), now=datetime.now(UTC) - timedelta(days=25))).adopt()
    history.make()
    keep_journal(history)
    typed = type_in("expiring", "--within", "7d")
    assert typed.status == 10
    assert "still grows from it" in typed.out
    assert len(json.loads(type_in("expiring", "--json").out)) == 2
    assert type_in("expiring", "--within", "36h").status == 0
    assert type_in("expiring", "--within", "soon").status == 2


def test_a_taken_port_is_said(type_in: Type) -> None:
    """Serving where something else listens is a usage error that names the address."""
    from orchestrator.web import listen

    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        typed = type_in("serve", "--port", str(port))
    assert typed.status == 2
    assert f"127.0.0.1:{port}" in typed.err


def test_a_drift_is_shown_where_it_was_made(type_in: Type) -> None:
    """The sandbox lets a look drift by its marker; the numbers of every step on the way show it growing."""
    steps = ", ".join('"锦鲤 [drift]"' for _ in range(4))
    source = "{text: {prompt: 锦鲤, model_name: kling-v1-6}}"
    chains = f"chains: {{a: {{source: {source}, steps: [{steps}]}}}}"
    Path("drift.yaml").write_text(f"version: 1\nprovider: {{name: sandbox, speed: 500}}\n{chains}", "utf-8")
    assert type_in("run", "drift.yaml", "--yes").status == 0
    alone = type_in("lineage", "show", "a.4").out
    assert "most in saturation" in alone
    assert "drift so far" not in alone
    found = json.loads(type_in("lineage", "show", "a.4", "--drift", "--json").out)
    amounts = [float(each["amount"]) for each in found["drift_so_far"]]
    assert amounts == sorted(amounts)
    assert amounts[0] < 0.4 < 0.7 < amounts[-1] == float(found["drift"]["amount"])
    assert "drift so far" in type_in("lineage", "show", "a.4").out
    assert type_in("lineage", "page", "-o", "page.html").status == 0
    written = Path("page.html").read_text("utf-8").partition('"drifts":')[2]
    drifts, _ = json.JSONDecoder().raw_decode(written)
    assert [float(drifts[each["take"]]["amount"]) for each in found["drift_so_far"]] == amounts

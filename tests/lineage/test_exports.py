"""Each export is read by the program it is for, whatever stands in the prompts."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx
import pytest

from orchestrator.facts import Recorded
from orchestrator.identity import TakeKey
from orchestrator.lineage import Format, Lineage, exported
from orchestrator.plan import Step
from tests.histories import SOURCE, History, plan_of

HOSTILE = (
    'say "koi"] --> B[("evil")]; end; %% } | subgraph <b>&amp;</b> \\n \\N ` # #35; {{x}} \\',
    "line one\nline two\r\nthree\tfour",
    "esc \x1b[31mred\x00 \x07 \x85 \x7f \u202eturned\u202c",
    "锦鲤跃出水面，涟漪散开《静》",
    "🐟👨‍👩‍👧 fish",
    "]]> <!-- --> <?xml ?> &lt; &#0; '\"",
    "=1+1",
)


@pytest.fixture(scope="module")
def made() -> tuple[Lineage, dict[TakeKey, str]]:
    """A chain of all hostile prompts, with a branch of one more take at its first step."""
    wanted: list[str | Step] = [Step("1", HOSTILE[0], takes=2), *HOSTILE[1:]]
    history = History(plan_of(*wanted)).adopt()
    prompts = {}
    while submits := history.submits():
        begun = history.make()
        prompts[begun.take] = submits[0].prompt or ""
    assert set(prompts.values()) == set(HOSTILE)
    return history.lineage, prompts


def xml_view(text: str) -> str:
    """What a format without control characters is promised to show."""
    text = text.replace("\r\n", "\n")
    text = re.sub("[\x00-\x08\x0b-\x1f]", lambda found: chr(0x2400 + ord(found.group())), text)
    return re.sub("[\x7f-\x9f\ud800-\udfff]", "\ufffd", text)


def test_json_is_read_by_networkx(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """Node-link JSON gives networkx the same graph, every prompt exactly as it was, as plain UTF-8."""
    lineage, prompts = made
    text = exported(lineage, Format.JSON)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    read = networkx.node_link_graph(json.loads(text.encode()), edges="edges")
    assert {key: read.nodes[key]["prompt"] for key in prompts} == prompts
    assert all(read.has_edge(lineage.take(key).parent, key) for key in prompts)
    assert read.nodes[next(iter(prompts))]["added"] == 4.5


def test_graphml_is_read_by_networkx(made: tuple[Lineage, dict[TakeKey, str]], tmp_path: Path) -> None:
    """GraphML is well formed and gives every prompt, control characters shown as their pictures."""
    lineage, prompts = made
    path = tmp_path / "lineage.graphml"
    path.write_bytes(exported(lineage, Format.GRAPHML).encode())
    read = networkx.read_graphml(path)
    for key, prompt in prompts.items():
        assert read.nodes[key]["prompt"] == xml_view(prompt)
    assert read.number_of_edges() == len(prompts)


def test_csv_is_read_as_the_same_rows(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """A row a video, exact texts, parents named."""
    lineage, prompts = made
    text = exported(lineage, Format.CSV).encode().decode()
    rows = {row["take"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert len(rows) == len(lineage.videos())
    for key, prompt in prompts.items():
        assert rows[key]["prompt"] == prompt
        assert rows[key]["parent"] == lineage.take(key).parent


def test_prov_is_read_by_the_prov_library(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """PROV-JSON is a document of the W3C's model: entities, activities, derivations, prompts exact."""
    prov_model = pytest.importorskip("prov.model", reason="the prov library is not installed")
    lineage, prompts = made
    document = prov_model.ProvDocument.deserialize(content=exported(lineage, Format.PROV), format="json")
    derivations = list(document.get_records(prov_model.ProvDerivation))
    activities = {str(each.identifier): each for each in document.get_records(prov_model.ProvActivity)}
    assert len(list(document.get_records(prov_model.ProvEntity))) == len(lineage.videos())
    assert len(derivations) == len(activities) == len(prompts)
    for key, prompt in prompts.items():
        (found,) = activities[f"o:task-{key}"].get_attribute("o:prompt")
        assert found == prompt


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed (apt install graphviz)")
def test_dot_is_drawn_by_graphviz(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """Graphviz accepts the document without a warning, and its labels say what the prompts say."""
    lineage, prompts = made
    document = exported(lineage, Format.DOT).encode()
    done = subprocess.run(["dot", "-Tjson"], input=document, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    drawn: dict[str, Any] = json.loads(done.stdout)
    labels = {each["name"]: each["label"] for each in drawn["objects"]}
    assert len(drawn["edges"]) == len(prompts)
    assert "锦鲤跃出水面，涟漪散开《静》" in "".join(labels.values())
    image = subprocess.run(["dot", "-Tsvg"], input=document, capture_output=True, check=True, timeout=60)
    words = "".join("".join(ElementTree.fromstring(image.stdout).itertext()).split())
    for prompt in HOSTILE:
        assert "".join(xml_view(prompt).replace("\u202e", "").replace("\u202c", "").split()) in words


_NODE = re.compile(r'  v\d+\["((?:[^\W_]|[ \u2001-\U0010ffff]|#\d+;|<br/>)+)"\]')
_EDGE = re.compile(r'  v\d+ -->\|"(?:[0-9 s]|#\d+;)*"\| v\d+')


def test_mermaid_keeps_to_its_grammar(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """Labels hold letters, spaces and numbered entities only, so that no prompt can end one."""
    lineage, prompts = made
    head, *lines = exported(lineage, Format.MERMAID).splitlines()
    assert head == "flowchart LR"
    nodes = [_NODE.fullmatch(line) for line in lines if "-->" not in line]
    assert all(nodes)
    assert len(nodes) == len(lineage.videos())
    edges = [line for line in lines if "-->" in line]
    assert len(edges) == len(prompts)
    assert all(_EDGE.fullmatch(line) for line in edges)


def test_mermaid_is_drawn_by_mermaid(made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """The real mermaid, in a browser, draws every video and shows the prompts as text."""
    library, chromium = os.environ.get("MERMAID_JS"), shutil.which("chromium")
    if library is None or chromium is None:
        pytest.skip("needs chromium, and MERMAID_JS naming a mermaid.min.js (npm pack mermaid)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    lineage, _ = made
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=library)
        svg = page.evaluate(
            "text => mermaid.render('drawn', text).then(drawn => drawn.svg)",
            exported(lineage, Format.MERMAID),
        )
        page.set_content(svg)
        words = page.inner_text("body")
        browser.close()
    assert svg.count('class="node ') == len(lineage.videos())
    assert 'say "koi"] --> B[("evil")]' in words
    assert "锦鲤跃出水面" in words


@pytest.mark.parametrize("form", list(Format))
def test_broken_ids_do_not_break_a_document(form: Format) -> None:
    """Half a surrogate pair in a broken answer of the provider leaves a document that can be stored."""
    history = History(plan_of("one"))
    history.adopt(model_name="half \ud83d pair")
    assert "half" in exported(history.lineage, form).encode().decode() or form in (Format.DOT, Format.MERMAID)


@pytest.mark.parametrize("form", list(Format))
def test_a_part_and_nothing_can_be_exported(form: Format, made: tuple[Lineage, dict[TakeKey, str]]) -> None:
    """An empty lineage and a choice of videos are documents too."""
    lineage, prompts = made
    assert exported(Lineage(), form).endswith("\n")
    one = next(iter(prompts))
    other = list(prompts)[-1]
    text = exported(lineage, form, only=[one])
    assert other not in text
    assert text.encode()


def test_drawings_cut_long_prompts_and_leave_unknown_lengths_out() -> None:
    """A label stays small whatever the prompt, and says nothing of seconds that nobody knows."""
    long = "锦鲤" * 400
    history = History(plan_of(long)).adopt(None)
    history.keep(next(iter(history.lineage.takes)))
    history.succeed(history.start(), gained=None)
    drawn = exported(history.lineage, Format.DOT)
    assert long not in drawn
    assert "…" in drawn
    assert "+" not in next(line for line in drawn.splitlines() if "…" in line)


def test_every_account_is_an_agent_of_its_own() -> None:
    """Two accounts made what they made, each under its own name."""
    history = History(plan_of("a")).adopt()
    history.make()
    other = History(plan_of("b", source=replace(SOURCE, video_id="w")))
    object.__setattr__(other.plan.provider, "account_label", "other")
    other.adopt()
    other.make()
    both = Lineage(Recorded(index, each.fact) for index, each in enumerate((*history.facts, *other.facts), 1))
    agents = json.loads(exported(both, Format.PROV))["agent"]
    assert sorted(agent["o:account"] for agent in agents.values()) == ["dmxapi", "dmxapi/other"]

"""The page as text: safe whatever stands in it, one source in two forms, and patches that add up."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from orchestrator.facts import Reason
from orchestrator.plan import Step
from orchestrator.report import Frames, Telling, contents, data_uris, live_film, single_page
from orchestrator.report.page.assembly import FRONT, MODULES, bundled, embedded, live_page
from orchestrator.report.page.follower import Follower
from orchestrator.report.text import clean
from tests.histories import History, plan_of
from tests.report.filmed import filmed

EVIL = "</script><script>alert(1)</script><!-- \u2028 \x1b[31m \"'&amp; <img src=x onerror=alert(1)>"
TELLING = Telling({}, live_film)


class Elements(HTMLParser):
    """The elements of a page and the text of each script, as a browser's parser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._in: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._in = dict(attrs).get("id") or tag
            self.scripts[self._in] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in:
            self.scripts[self._in] += data


def a_history(prompt: str = "koi") -> History:
    """Two takes of a step: one made after a failure, one unclear."""
    history = History(plan_of(Step("1", prompt, takes=2, attempts=3))).adopt()
    history.fail(history.start(), Reason.OTHER, prompt)
    history.make()
    history.unclear(history.begin(), "task-x")
    return history


def test_nothing_in_a_prompt_can_leave_its_place() -> None:
    """A prompt that tries to end the script element stays data, in both forms of the page."""
    history = a_history(EVIL)
    data = contents(history.lineage, TELLING, history.now)
    for page in (single_page(data, {}), live_page(data)):
        found = Elements(page)
        told, rest = (json.loads(found.scripts[name]) for name in ("contents", "rest"))
        rest = rest or [{} for _ in told["nodes"]]
        told["nodes"] = [node | more for node, more in zip(told["nodes"], rest, strict=True)]
        assert told == json.loads(json.dumps(data))
        assert not [tag for tag, _ in found.tags if tag == "img"]
        assert sum(tag == "script" for tag, _ in found.tags) == 4
    assert "<" not in embedded(data)


def test_the_single_file_allows_only_its_own_script_and_style() -> None:
    """The policy in the file names both by their hashes, and nothing else at all."""
    page = single_page(contents(a_history("锦鲤").lineage, TELLING, a_history().now), {})
    found = Elements(page)
    (policy,) = [
        values["content"] or ""
        for tag, values in found.tags
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
    ]
    script, *styles = (
        base64.b64encode(hashlib.sha256(found.scripts[name].encode()).digest()).decode()
        for name in ("script", "style", "font")
    )
    assert f"script-src 'sha256-{script}';" in policy
    assert f"style-src 'sha256-{styles[0]}' 'sha256-{styles[1]}';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert not [
        values for _, values in found.tags if any(name.startswith("on") or name == "style" for name in values)
    ]


def test_the_front_end_puts_text_in_as_text_only() -> None:
    """No module has a way to make markup of a string, whatever is added to it later."""
    for path in FRONT.glob("*.js"):
        text = path.read_text("utf-8")
        for way in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "DOMParser",
            "Function(",
        ):
            assert way not in text, f"{path.name}: {way}"


def test_what_comes_first_is_drawn_first() -> None:
    """Pictures, font, and what only the panel shows stand below the script, which waits for none of it."""
    history = a_history("锦鲤")
    data = contents(history.lineage, TELLING, history.now)
    page = single_page(data, {"key": {"poster": "data:image/jpeg;base64,"}})
    order = [
        page.index(each) for each in ('id="contents"', "<script>", 'id="rest"', 'id="pictures"', 'id="font"')
    ]
    assert order == sorted(order)
    assert not re.search("<script[^>]*(module|defer|async)", page)
    assert '"task":"task-1"' not in page[: order[1]]


def test_every_module_is_in_the_bundle_after_what_it_imports() -> None:
    """The one-file form has all modules, none imported before it is there, no import left over."""
    assert {path.stem for path in FRONT.glob("*.js")} == set(MODULES)
    for name in MODULES:
        for needed in re.findall(r'from "\./(\w+)\.js"', (FRONT / f"{name}.js").read_text("utf-8")):
            assert MODULES.index(needed) < MODULES.index(name), f"{name} needs {needed}"
    assert not re.search(r"^\s*(import|export)\b", bundled(), re.MULTILINE)


def test_the_font_is_inside_only_where_chinese_is_shown() -> None:
    """A page without Chinese stays small; one with it shows it on a machine that has no Chinese font."""
    plain, chinese = (
        single_page(contents(a_history(prompt).lineage, TELLING, a_history().now), {})
        for prompt in ("koi", "锦鲤")
    )
    assert len(plain) < 120_000
    assert "font/woff2" not in plain
    assert "data:font/woff2;base64," in chinese


def test_a_node_tells_what_happened() -> None:
    """Attempts with their failures, states in words, money and expiry are in the data."""
    history = a_history()
    root, made, unclear = contents(history.lineage, TELLING, history.now)["nodes"]
    assert root["elsewhere"]
    assert (made["state"], made["film"]) == ("kept", f"film/{made['key']}.mp4")
    assert [each["word"] for each in made["tries"]] == ["failed", "succeeded"]
    assert made["tries"][0]["message"] == "other: koi"
    assert made["expires"] - made["created"] == timedelta(days=30).total_seconds() * 1000
    assert (unclear["state"], unclear["tries"][0]["candidates"]) == ("unclear", ["task-x"])
    assert "raw" not in json.dumps(made)


def test_patches_add_up_to_the_whole() -> None:
    """Whoever looks on from any moment, and gets every patch since, sees what a fresh page shows."""
    history = a_history()
    for known in range(len(history.facts) + 1):
        follower = Follower(TELLING)
        follower.advance(history.facts[:known])
        seen = follower.contents(history.now)
        nodes: list[Any] = list(seen["nodes"])
        for recorded in history.facts[known:]:
            follower.advance([recorded])
            patch = follower.since(seen["position"], history.now)
            assert patch is not None
            for place, node in patch["nodes"]:
                nodes[place : place + 1] = [node]
            seen = {"lanes": seen["lanes"], **patch}
        whole = contents(history.lineage, TELLING, history.now)
        assert nodes == whole["nodes"]
        assert seen["position"] == whole["position"]
        assert (seen["lanes"], seen["spent"]) == (whole["lanes"], whole["spent"])
        assert follower.since(whole["position"], history.now) is None


def test_stills_go_into_the_file_where_there_are_films(tmp_path: Path) -> None:
    """Every kept film brings its poster; what is not made yet brings nothing."""
    story = filmed(tmp_path / ".orchestrate")
    found = data_uris(Frames(story.state), story.lineage)
    assert set(found) == {story.root, story.branch, *story.chain}
    assert set(found[story.chain[0]]) == {"poster", "last", "before", "after"}
    assert set(found[story.root]) == {"poster", "last"}
    assert all(uri.startswith("data:image/jpeg;base64,/9j/") for uri in found[story.root].values())


def test_the_scripts_say_the_same_as_the_command_line() -> None:
    """The page's own word diff gives the pieces that `lineage diff` prints."""
    from shutil import which

    from orchestrator.report.wording import changes

    if which("node") is None:
        pytest.skip("Node.js is not installed")
    pairs = [
        ("koi swim slowly", "koi leap slowly"),
        ("锦鲤缓缓游过荷叶", "锦鲤快速游过"),
        ("", "new"),
        ("a, b", "a b"),
    ]
    program = f"""import {{ changes }} from "{(FRONT / "wording.js").as_uri()}";
console.log(JSON.stringify({json.dumps(pairs)}.map(([a, b]) => changes(a, b))));"""
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "--eval", program],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if "Cannot use import statement" in done.stderr or "Unexpected token 'export'" in done.stderr:
        pytest.skip("this Node.js takes .js files for CommonJS")
    for (old, new), pieces in zip(pairs, json.loads(done.stdout), strict=True):
        assert [tuple(piece) for piece in pieces] == [(piece.kind, piece.text) for piece in changes(old, new)]
    assert clean(done.stderr) == ""

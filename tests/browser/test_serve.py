"""`orchestrate serve` as people run it: a process, a browser, and a journal that another process writes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from orchestrator.store import Home, open_journal
from tests.browser.pages import opened, until
from tests.report.filmed import PROMPTS, Filmed, extended, filmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def story(tmp_path: Path) -> Filmed:
    """Films, and a journal that says so."""
    story = filmed(tmp_path / ".orchestrate", PROMPTS[:2], underway=False)
    append(story, 0)
    return story


def append(story: Filmed, known: int) -> None:
    """Write the facts beyond those known into the journal, as another process would."""
    # In a thread of its own, because Playwright's event loop holds this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_append, story, known).result()


def _append(story: Filmed, known: int) -> None:
    with open_journal(Home(story.state), submitter=False) as journal:
        anyio.run(journal.append, [recorded.fact for recorded in story.history.facts[known:]])


@pytest.fixture
def serving(story: Filmed) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address it announced."""
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestrator", "serve", "--port", "0", "--state", str(story.state)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    yield process, process.stdout.readline().strip()
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=60)


def test_what_happens_is_seen_at_once_and_ctrl_c_ends_it(
    browser: Browser, story: Filmed, serving: tuple[subprocess.Popen[str], str]
) -> None:
    """A fact of another process reaches the open page, its film plays, and Ctrl-C ends it."""
    process, address = serving
    with opened(browser, address) as page:
        assert page.locator(".box").count() == 4
        until(page, "[...document.querySelectorAll('.box img')].filter(i => i.naturalWidth).length === 4")
        known = len(story.history.facts)
        begun = story.history.start()
        append(story, known)
        until(page, "document.querySelectorAll('.box.air').length === 1")
        story.history.fail(begun)
        append(story, len(story.history.facts) - 1)
        until(page, "document.querySelectorAll('.box.failed').length === 1")
        known = len(story.history.facts)
        key = extended(story.history, story.state)
        append(story, known)
        until(page, "document.querySelectorAll('.box.made').length === 5")
        until(page, f"document.querySelector('#details').textContent.includes('{key}')")
        page.keyboard.press("Space")
        until(page, "document.querySelector('video').currentTime > 14")
    with_page = browser.new_page()
    with_page.goto(address)
    with_page.wait_for_timeout(500)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT
    with_page.close()
    assert process.stderr
    assert "Traceback" not in process.stderr.read()


def test_a_drift_is_measured_when_somebody_looks(
    browser: Browser, story: Filmed, serving: tuple[subprocess.Popen[str], str]
) -> None:
    """The panel of a film draws a point a step, from the server's measurements, under the page's policy."""
    with opened(browser, serving[1]) as page:
        until(page, "document.querySelectorAll('.drift circle').length === 2")
        assert "from its first seconds: brightness" in page.inner_text(".drift p")
        assert "most in" in (page.text_content(".drift circle title") or "")
    measured = {path.stem for path in (story.state / "drift").glob("*.json")}
    assert measured == {str(key) for key in story.chain}


def test_the_served_page_keeps_to_its_policy(
    browser: Browser, serving: tuple[subprocess.Popen[str], str]
) -> None:
    """Scripts from elsewhere and inline scripts do not run, even if somebody managed to put them in."""
    page = browser.new_page()
    page.goto(serving[1])
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.owned === undefined")
    page.close()

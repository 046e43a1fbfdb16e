"""The page as one file, opened from disk in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestrator.plan import Step
from tests.browser.pages import opened, until, written
from tests.histories import History, plan_of
from tests.report.filmed import Filmed, filmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVIL = "</script><img src=x onerror=\"document.title='owned'\"> [/red] \x1b[31m 锦鲤"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """Real films, a branch, one in the air, one unclear."""
    return filmed(tmp_path_factory.mktemp("films") / ".orchestrate")


@pytest.fixture(scope="module")
def address(story: Filmed) -> str:
    """The page of these films."""
    return written(story.history, story.state.parent / "lineage.html", story)


def heading(page: Page) -> str:
    return page.inner_text("#details h2")


def test_everything_is_drawn_and_the_console_stays_empty(browser: Browser, address: str) -> None:
    """A box a take, pictures in the boxes, the cap on the axis, states in words, under the file's policy."""
    with opened(browser, address) as page:
        assert page.locator(".box").count() == 8
        assert "cap 3:00" in page.inner_text("#axis")
        assert page.inner_text(".box.unclear .word") == "unclear"
        assert page.inner_text(".box.air .word") == "in the air"
        until(
            page, "[...document.querySelectorAll('.box.made img')].filter(i => i.naturalWidth).length === 6"
        )
        assert "6 made" in page.inner_text("#states")


def test_a_chain_is_one_strip_and_boxes_cover_their_seconds(browser: Browser, address: str) -> None:
    """Boxes of a chain stand on one line, each beginning where its parent ends; a branch stands below."""
    with opened(browser, address) as page:
        boxes = [page.locator(f"#n{place}").bounding_box() for place in range(6)]
        root, first, branch, *rest = [box for box in boxes if box]
        for before, after in zip([root, first, *rest], [first, *rest], strict=False):
            assert before["y"] == after["y"]
            assert abs(before["x"] + before["width"] + 1 - after["x"]) < 1.5
        assert branch["y"] > root["y"]
        assert abs(branch["x"] - first["x"]) < 1


def test_only_the_new_seconds_are_played(browser: Browser, address: str, story: Filmed) -> None:
    """Space plays the part that the step added, from the file on disk; the other button the whole film."""
    with opened(browser, address) as page:
        page.click("#n5")
        page.keyboard.press("Space")
        until(page, "document.querySelector('video').currentTime > 18.6")
        assert page.evaluate("document.querySelector('video').src").endswith(
            f"{story.chain[-1]}.mp4#t=18.5,23"
        )
        page.click("text=Whole film")
        until(page, "document.querySelector('video').src.endsWith('#t=0')")
        until(page, "(at => 0 < at && at < 9)(document.querySelector('video').currentTime)")


def test_a_second_of_film_leads_to_its_prompt(browser: Browser, address: str) -> None:
    """Whoever types a time finds the takes that made that second, and Enter shows the prompt."""
    with opened(browser, address) as page:
        page.keyboard.press("/")
        page.keyboard.type("0:16")
        assert page.inner_text("#hits") == "1 take"
        page.keyboard.press("Enter")
        assert page.inner_text("#details .prompt").startswith("A slow pan along the pond")
        page.keyboard.press("Escape")
        assert page.inner_text("#hits") == ""


def test_a_second_shows_who_made_it(browser: Browser, address: str) -> None:
    """Of the film that is shown: its prompt stands in the panel as soon as the second is typed."""
    with opened(browser, address) as page:
        until(page, "document.querySelector('#details h2') !== null")
        assert heading(page) == "c.4"
        page.fill("#search", "0:11")
        assert heading(page) == "c.2"
        page.fill("#search", "6 s")
        assert heading(page) == "c.1@1"


def test_words_states_and_nothing_filter(browser: Browser, address: str) -> None:
    """A word leaves the lanes it is on, a state chip its takes, and what nothing matches leaves none."""
    with opened(browser, address) as page:
        page.fill("#search", "锦鲤")
        assert page.inner_text("#hits") == "3 takes"
        assert page.locator(".box.faint").count() > 0
        page.fill("#search", "")
        page.click(".chip.unclear")
        assert page.locator(".lane").count() == 1
        assert page.locator(".box:not(.faint)").count() == 1
        page.fill("#search", "no such words")
        assert page.locator(".lane").count() == 0


def test_arrows_walk_the_family(browser: Browser, address: str) -> None:
    """Left and right are parent and child, down is the next sibling."""
    with opened(browser, address) as page:
        page.click("#n1")
        assert heading(page) == "c.1@1"
        page.keyboard.press("ArrowDown")
        assert heading(page) == "c.1@2"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
        assert heading(page) == "c.2"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert page.locator("#n0.chosen").count() == 1


def test_the_panel_tells_what_happened(browser: Browser, address: str) -> None:
    """Differences word by word, failed attempts with their reason, the expiry clock, what to do."""
    with opened(browser, address) as page:
        page.click("#n3")
        page.click(".changed summary")
        assert page.locator(".difference ins").count() > 0
        assert page.inner_text(".expiry").startswith("gone in ")
        page.click("#n6")
        assert "Failure to render" in page.inner_text(".tries")
        page.click("#n7")
        assert "orchestrate resolve" in page.inner_text("#details")
        assert "task-candidate" in page.inner_text(".tries")


def test_text_from_outside_stays_text(browser: Browser, tmp_path: Path) -> None:
    """Markup in a prompt is shown, letter by letter, and runs nowhere."""
    history = History(plan_of(Step("1", EVIL))).adopt()
    history.make()
    with opened(browser, written(history, tmp_path / "lineage.html")) as page:
        assert page.inner_text("#details .prompt").startswith("</script><img src=x")
        page.hover("#n1")
        assert "onerror" in page.inner_text("#tip")
        assert page.title() == "Lineage"
        assert page.locator("#details img[src=x]").count() == 0


def test_chinese_is_drawn_by_our_own_font(browser: Browser, address: str) -> None:
    """On a machine without a Chinese font the prompts are no empty boxes: ours is used, and is loaded."""
    with opened(browser, address) as page:
        until(page, "document.documentElement.classList.contains('lettered')")
        assert page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
        assert page.get_attribute("#details .prompt", "lang") == "zh-Hans"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light_follow_the_system_and_can_be_turned(
    browser: Browser, address: str, scheme: str
) -> None:
    """The page is as dark as the system, and the button turns it."""
    lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 128"
    with opened(browser, address, color_scheme=scheme) as page:
        assert page.evaluate(lightness) is (scheme == "light")
        page.click("#theme")
        assert page.evaluate(lightness) is (scheme == "dark")


def test_a_phone_shows_it_all(browser: Browser, address: str) -> None:
    """At phone width nothing is cut off at the side, and the panel opens below the lanes."""
    with opened(browser, address, width=390, height=780, has_touch=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.tap("#n1")
        stage, panel = page.locator("#stage").bounding_box(), page.locator("#details").bounding_box()
        assert stage
        assert panel
        assert panel["y"] >= stage["y"] + stage["height"] - 1
        assert page.locator("#details .prompt").is_visible()


def test_a_film_that_was_moved_is_said(browser: Browser, tmp_path: Path) -> None:
    """Where the file is not, the panel says so instead of showing a dead player."""
    history = History(plan_of("one")).adopt()
    history.make()
    page_address = written(history, tmp_path / "lineage.html")
    page = browser.new_page()
    page.goto(page_address)
    page.click("#n1")
    page.keyboard.press("Space")
    until(page, "document.querySelector('.player .note') !== null")
    page.close()


def test_an_empty_lineage_says_so(browser: Browser, tmp_path: Path) -> None:
    """Before the first run the page tells what will be there."""
    with opened(browser, written(History(plan_of("one")), tmp_path / "lineage.html")) as page:
        assert "No videos yet" in page.inner_text("#details")

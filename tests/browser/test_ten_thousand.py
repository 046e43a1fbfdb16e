"""Ten thousand takes on the page: only what is in sight is drawn, and one is found among all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.big_page import page as page_of
from tests.browser.pages import opened, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TAKES = 10_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of ten thousand takes."""
    return page_of(TAKES, tmp_path_factory.mktemp("page") / "lineage.html")


def test_only_what_is_in_sight_has_elements(browser: Browser, address: str) -> None:
    """Wherever one pans to, the page holds a few lanes, not ten thousand boxes."""
    with opened(browser, address) as page:
        for part in (0, 0.5, 1):
            page.evaluate(
                f"(s => {{ s.scrollTop = s.scrollHeight * {part}; }})(document.getElementById('stage'))"
            )
            page.wait_for_timeout(100)
            assert 0 < page.locator(".lane").count() < 25
            assert page.locator(".box").count() < 1000


def test_a_search_among_all_of_them_is_quick(browser: Browser, address: str) -> None:
    """Typing finds one take of ten thousand, and Enter shows it."""
    with opened(browser, address) as page:
        page.fill("#search", "9876")
        until(page, "document.getElementById('hits').textContent === '1 take'")
        page.keyboard.press("Enter")
        assert page.inner_text("#details .prompt").endswith(" 9876")

"""Pages opened in the browser, with everything noted that goes wrong on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.report import Frames, Telling, contents, data_uris, single_page
from tests.histories import History
from tests.report.filmed import Filmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

READY = "performance.getEntriesByName('drawn').length > 0"


@contextmanager
def opened(
    browser: Browser, address: str, *, width: int = 1400, height: int = 820, **more: Any
) -> Iterator[Page]:
    """The page in a window of that size; at the end nothing may have been said to the console."""
    page = browser.new_page(viewport={"width": width, "height": height}, **more)
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    try:
        page.goto(address)
        until(page, READY)
        yield page
        assert said == []
    finally:
        page.close()


def until(page: Page, condition: str, seconds: float = 60) -> None:
    """Wait until it holds; `wait_for_function` would need what the policy forbids."""
    for _ in range(round(seconds * 20)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never became true: {condition}")


def written(history: History, out: Path, story: Filmed | None = None) -> str:
    """The page as one file, beside the state folder; returns its address."""
    telling = Telling({}, lambda video: f".orchestrate/{video.kept.path if video.kept else ''}")
    pictures = data_uris(Frames(story.state), story.lineage) if story else {}
    out.write_text(single_page(contents(history.lineage, telling, history.now), pictures), "utf-8")
    return out.as_uri()

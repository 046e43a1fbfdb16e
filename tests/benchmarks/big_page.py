"""Times the page of ten thousand takes in a real browser: its first picture, and a frame of panning.

    python -m tests.benchmarks.big_page [TAKES]

Debian's chromium, headless, best of five openings; the limits are 500 ms and 20 ms.
"""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.lineage import Lineage
from orchestrator.report import Telling, contents, single_page
from tests.benchmarks.forest import BORN, recorded
from tests.browser.pages import opened

FRAMES = """async () => {
  const stage = document.getElementById("stage");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  stage.scrollTop = 0;
  await frame();
  for (let count = 0; count < 90; count += 1) {
    const began = performance.now();
    stage.scrollTop += 140;
    await frame();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[45];
}"""
"""The median time of a frame while panning, in ms; 16.7 is what a screen of 60 Hz takes."""


def page(takes: int, out: Path) -> str:
    """The page of so many takes, as a file; its address."""
    data = contents(
        Lineage(recorded(takes)), Telling({}, lambda video: f"{video.take}.mp4"), BORN + timedelta(days=2)
    )
    out.write_text(single_page(data, {}), "utf-8")
    return out.as_uri()


def main(takes: int) -> None:
    """Open it five times, and print the best of each."""
    from playwright.sync_api import sync_playwright

    first, panned = [], []
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        address = page(takes, Path(folder) / "lineage.html")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(5):
            with opened(browser, address) as shown:
                first.append(shown.evaluate("performance.getEntriesByName('drawn')[0].startTime"))
                shown.wait_for_timeout(500)
                panned.append(shown.evaluate(FRAMES))
        browser.close()
    print(f"{takes} takes: first picture {min(first):.0f} ms, a frame of panning {min(panned):.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

"""The real servers show figures to a scraper while a run goes on beside them."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.force.processes import TIMEOUT, Command, eventually
from tests.force.sharing import CHAINS, STEPS, cluster

PLAN = """
version: 1
name: pond
provider: {name: sandbox, speed: 500}
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""


def scraped(url: str) -> dict[str, dict[tuple[str, ...], float]]:
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    return {
        family.name.removeprefix("orchestrate_"): {
            tuple(sample.labels.values()): sample.value for sample in family.samples
        }
        for family in text_string_to_metric_families(text)
    }


def test_serve_shows_figures(tmp_path: Path) -> None:
    """Beside the page, from the journal as it is now; only under our own names."""
    command = Command(tmp_path)
    (tmp_path / "pond.yaml").write_text(PLAN)
    with command.start("serve", "--port", "0") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip() + "metrics"
            assert scraped(url)["journal_position"] == {(): 0}
            assert command.run("run", "pond.yaml", "--yes").returncode == 0
            eventually(lambda: scraped(url)["attempts"].get(("sandbox", "succeeded")) == 2)
            found = scraped(url)
            assert found["chains"] == {("done",): 1}
            assert found["slots"] == {("sandbox",): 5}
            assert found["spent_calls"] == {("sandbox",): 2}
            foreign = urllib.request.Request(url, headers={"Host": "evil.example"})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(foreign, timeout=TIMEOUT)
            refused.value.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT)


def test_a_worker_shows_figures(tmp_path: Path, postgres_url: str) -> None:
    """Of the shared journal and of the chains it has in hand; the port is free when it has gone."""
    with cluster(tmp_path, postgres_url, workers=0) as here:
        worker = here.command("w").shared("worker", "--metrics", "127.0.0.1:0")
        here.workers.append(worker)
        assert worker.stderr is not None
        url = next(line for line in worker.stderr if "figures are at " in line).rpartition(" ")[2].strip()
        done = here.command("me").shared("run", str(here.write()), "--yes", "--detach")
        _, err = done.communicate(timeout=TIMEOUT)
        assert done.returncode == 0, err
        eventually(lambda: scraped(url)["attempts"] == {("sandbox", "succeeded"): CHAINS * STEPS})
        assert scraped(url)["slots"] == {("sandbox",): 4}
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=TIMEOUT)
        assert worker.returncode == -signal.SIGTERM, err
        assert "Traceback" not in err

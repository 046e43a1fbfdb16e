"""Logs for machines: every line of a run, and every error, is one JSON object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.force.processes import Command

PLAN = """
version: 1
name: pond
provider: {name: sandbox, speed: 500}
notify: {command: [./nowhere.sh]}
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: ["锦鲤 [/red]"]
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "pond.yaml").write_text(PLAN, "utf-8")
    return Command(tmp_path)


def records(text: str) -> list[dict[str, Any]]:
    """Every line, read as JSON."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all({"at", "level", "logger", "message"} <= each.keys() for each in found)
    return found


def test_a_run_is_logged_event_by_event(command: Command) -> None:
    """Facts with their fields, what was said, and what would be talk to people; stdout stays the result."""
    done = command.run("run", "pond.yaml", "--yes", "--notify", "--log-format", "json")
    assert done.returncode == 0, done.stderr
    found = records(done.stderr)
    begun = next(each for each in found if each.get("event") == "AttemptBegun")
    assert begun["logger"] == "orchestrator.run"
    assert (begun["plan"], begun["chain"], begun["prompt"]) == ("pond", "koi", "锦鲤 [/red]")
    assert "submitting" in begun["message"]
    assert any(each.get("event") == "TaskSucceeded" for each in found)
    assert found[-1]["event"] == "end"
    assert any(each["message"].startswith("notify: the command ./nowhere.sh") for each in found)
    assert "pond" in done.stdout
    assert not done.stdout.startswith("{")


def test_errors_are_records_too_also_by_the_environment(command: Command) -> None:
    """What ends a command is found by its level, with every command."""
    command.environ["ORCHESTRATE_LOG_FORMAT"] = "json"
    done = command.run("run", "nowhere.yaml")
    assert done.returncode == 2
    (record,) = records(done.stderr)
    assert record["level"] == "error"
    assert "nowhere.yaml" in record["message"]


def test_text_stays_text(command: Command) -> None:
    """Nobody who reads along is given JSON unasked."""
    done = command.run("run", "pond.yaml", "--yes", "--no-notify")
    assert done.returncode == 0
    assert not any(line.startswith("{") for line in done.stderr.splitlines())

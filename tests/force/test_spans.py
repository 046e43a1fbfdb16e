"""Spans as the OpenTelemetry SDK sees them: one an attempt, within one of the run; none unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.force.processes import Command

pytest.importorskip("opentelemetry.sdk", reason="the OpenTelemetry SDK is not installed")

PLAN = """
version: 1
name: pond
provider: {name: sandbox, speed: 500}
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "pond.yaml").write_text(PLAN)
    return Command(tmp_path)


def spans(text: str) -> list[dict[str, Any]]:
    """The objects that the console exporter wrote among the lines of the run."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while (at := text.find('{\n    "name"', at)) >= 0:
        span, end = decoder.raw_decode(text[at:])
        found.append(span)
        at += end
    return found


def test_a_run_is_a_span_with_one_an_attempt(command: Command) -> None:
    """From the intent to the end, with plan, place, task and outcome; files kept besides."""
    command.environ["OTEL_TRACES_EXPORTER"] = "console"
    done = command.run("run", "pond.yaml", "--yes")
    assert done.returncode == 0, done.stderr
    found = spans(done.stderr)
    (whole,) = [each for each in found if each["name"] == "run"]
    attempts = [each for each in found if each["name"] == "attempt"]
    assert [each["attributes"]["orchestrate.place"] for each in attempts] == ["pond:koi.1", "pond:koi.2"]
    for each in attempts:
        assert each["parent_id"] == whole["context"]["span_id"]
        assert each["attributes"]["orchestrate.outcome"] == "TaskSucceeded"
        assert each["attributes"]["orchestrate.task"]
        assert [event["name"] for event in each["events"]] == ["accepted"]
        assert each["start_time"] < each["events"][0]["timestamp"] < each["end_time"]
    assert len([each for each in found if each["name"] == "keep"]) == 2


def test_failures_are_errors(command: Command) -> None:
    """A failed task is seen in a trace as what went wrong, with its reason."""
    command.environ["OTEL_TRACES_EXPORTER"] = "console"
    plan = PLAN.replace("steps: [one, two]", 'steps: ["koi [fail]"]')
    (command.folder / "pond.yaml").write_text(plan)
    done = command.run("run", "pond.yaml", "--yes")
    attempts = [each for each in spans(done.stderr) if each["name"] == "attempt"]
    assert attempts, done.stderr
    assert {each["status"]["status_code"] for each in attempts} == {"ERROR"}
    assert {each["attributes"]["orchestrate.reason"] for each in attempts} == {"other"}


@pytest.mark.parametrize("environ", [{}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_nobody_is_traced_unasked(environ: dict[str, str], command: Command) -> None:
    """The SDK alone, for somebody else's sake on this machine, sends nothing anywhere."""
    command.environ |= environ
    done = command.run("run", "pond.yaml", "--yes")
    assert done.returncode == 0
    assert not spans(done.stderr)


def test_a_missing_exporter_is_said(command: Command) -> None:
    """Who asks for OTLP without its package is told what to install; the run goes on."""
    command.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    done = command.run("run", "pond.yaml", "--yes")
    assert done.returncode == 0
    assert "opentelemetry-exporter-otlp-proto-http" in done.stderr

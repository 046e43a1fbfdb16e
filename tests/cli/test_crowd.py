"""A status where more chains are unfinished than anybody reads: some are looked at, and it says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestrator.cli.status import status
from orchestrator.store import Home
from tests.benchmarks import crowd
from tests.benchmarks.big_journal import make

CHAINS = 620


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a journal: all in the air, but for the last two, which wait for a person."""
    folder = tmp_path_factory.mktemp("crowd") / ".orchestrate"
    make(Home(folder), crowd.facts(CHAINS, waiting=2))
    return folder


def told(state: Path, *more: str) -> str:
    result = CliRunner().invoke(status, ["--state", str(state), *more], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_what_waits_for_a_person_is_looked_at_first(state: Path) -> None:
    """However far below it stands in the plan; what is in the air is counted whole."""
    text = told(state)
    assert f"In the air: {CHAINS - 2}\n" in text
    assert "Waiting for you: 2 or more\n  crowd:f618.1  review: made" in text
    assert "orchestrate approve crowd:f619.1" in text
    assert "  … and 598 more (--json shows all)" in text


def test_what_was_not_looked_at_is_said(state: Path) -> None:
    """With how many there are, and what looks at all of them."""
    assert "120 chains not looked at; as the last run left them: 120 under way" in told(state)


def test_machines_are_told_all(state: Path) -> None:
    """Nothing is left out of the JSON."""
    found = json.loads(told(state, "--json"))
    assert len(found["in_the_air"]) == found["flying"] == CHAINS - 2
    assert (len(found["waiting"]), len(found["chains"]), found["unseen"]) == (2, CHAINS, {})


LONG = 1005


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a journal in which more tasks have been in the air for hours than anybody reads."""
    folder = tmp_path_factory.mktemp("long") / ".orchestrate"
    make(Home(folder), crowd.facts(LONG, waiting=0, minutes=24 * 60))
    return folder


def test_of_many_that_do_not_end_some_are_looked_at(long: Path) -> None:
    """A person reads the first lines, and is told that there are more; a machine gets all."""
    text = told(long)
    assert "Waiting for you: 1000 or more\n  crowd:f0.1  suspended: " in text
    assert "5 more that have been in the air for hours were not looked at" in text
    found = json.loads(told(long, "--json"))
    assert (len(found["waiting"]), found["unjudged"]) == (LONG, 0)

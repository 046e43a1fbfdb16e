"""By force: the real command is killed again and again, and the sandbox in another process counts.

Twelve kills here; `ORCHESTRATE_KILLS=200 pytest tests/force/test_kills.py` is the long form, on a plan
that grows with the number of kills.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import StateError
from orchestrator.facts import RunBegan
from orchestrator.store import find_home, open_reader
from tests.force.processes import TIMEOUT, Command, eventually, sandbox
from tests.postgres import Server, own_server

KILLS = int(os.environ.get("ORCHESTRATE_KILLS", "12"))

PLAN = """
version: 1
name: forced
provider: {name: sandbox, speed: 200, concurrency: 4, patience: {send: 3, answer: 4, grace: 1}}
chains:
  a:
    source: {text: {prompt: koi, model_name: kling-v1-6}}
    steps: [a1, a2, a3, a4]
  b:
    source: {chain: a, step: 1}
    steps: [b1, {prompt: "b2 [refuse]", fallbacks: [b2]}, b3]
  c:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [c1, {prompt: c2, takes: 2}, c3, c4, c5]
"""
# More kills want more to do.
STEPS = [[f"x{chain}-{step}" for step in range(6)] for chain in range(KILLS // 6)]
for number, prompts in enumerate(STEPS):
    PLAN += f"""
  x{number}:
    source: {{task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}}
    steps: [{", ".join(prompts)}]
"""
NEEDED = Counter(["koi", "a1", "a2", "a3", "a4", "b1", "b2", "b3", "c1", "c2", "c2", "c3", "c4", "c5"])
NEEDED.update(prompt for prompts in STEPS for prompt in prompts)

FAULTS: list[dict[str, Any]] = [
    {"when": {"action": "submit", "nth": 3}, "do": "drop_after"},
    {"when": {"action": "submit", "nth": 6}, "do": {"delay": 5}},
    {"when": {"action": "submit", "nth": 8}, "do": {"status_after": {"http": 502}}},
    {"when": {"action": "submit", "nth": 10}, "do": "drop_before"},
    {"when": {"action": "submit", "nth": 12}, "do": "no_task_id"},
    {"when": {"action": "fetch", "nth": 4}, "do": "truncate"},
]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Server | None]:
    """A server of this test's own where the journal is to be in one, else nothing."""
    if request.param:
        with own_server() as server:
            yield server
    else:
        yield None


@pytest.mark.parametrize(
    ("faults", "database"),
    [
        pytest.param([], False, id="a good provider"),
        pytest.param(FAULTS, False, id="a bad provider"),
        pytest.param(FAULTS, True, id="a bad provider and a journal in a database that dies too"),
    ],
    indirect=["database"],
)
def test_killed_again_and_again_nothing_is_paid_twice(
    faults: list[dict[str, Any]], database: Server | None, tmp_path: Path
) -> None:
    """However often and whenever the process dies, each step is paid once, and every film is kept."""
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "faults.json").write_text(json.dumps(faults))
    command, chance = Command(tmp_path, url=database.url if database else None), random.Random(KILLS)
    with sandbox(
        tmp_path / "world", speed=200, slots=4, offers_list=True, faults=tmp_path / "faults.json"
    ) as server:
        words = ("run", "plan.yaml", "--yes", "--base-url", server.base_url)
        kills = 0
        while kills < KILLS:
            if command.killed(*words, after=chance.uniform(0.5, 2.0)) is not None:
                break
            kills += 1
            if kills == KILLS // 2:
                server.stop(hard=True)
                server.start()
            if database is not None and kills == KILLS // 3:
                database.kill()
                database.start()
        assert kills >= KILLS // 2, "the plan was done before it was killed often enough"
        last = _finished(command, database, *words)
        assert last.returncode == 0, last.stderr
        assert server.paid() == NEEDED
        tasks = {payment["task_id"] for payment in server.payments()}
    home = find_home(command.url or str(command.state), cwd=tmp_path)
    with open_reader(home) as reader:
        assert not reader.open_takes()
        assert not reader.unkept_takes()
        known = {fact.task_id for fact in (each.fact for each in reader.facts()) if hasattr(fact, "task_id")}
        assert tasks <= known


def _finished(command: Command, database: Server | None, *words: str) -> subprocess.CompletedProcess[str]:
    """The last run, left alone; but its database is stopped hard once more while it works."""
    if database is None:
        return command.run(*words)
    before = _runs(command)
    with command.start(*words) as process:
        # A database that is away when a run begins ends it; one that goes away later is waited for.
        eventually(lambda: process.poll() is not None or _runs(command) > before)
        database.kill()
        database.start()
        out, err = process.communicate(timeout=TIMEOUT)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _runs(command: Command) -> int:
    """How many runs have begun, as the journal says."""
    assert command.url is not None
    try:
        with open_reader(find_home(command.url, cwd=command.folder)) as reader:
            return sum(isinstance(each.fact, RunBegan) for each in reader.facts())
    except StateError:
        return 0  # every run so far was killed before it made the journal

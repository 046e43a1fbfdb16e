"""Beside a run: a second one is turned away, reading is never blocked, a person is heard."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

from tests.force.processes import TIMEOUT, Command, eventually, sandbox
from tests.force.test_signals import PLAN, in_the_air

UNCLEAR = """
version: 1
name: unclear
provider: {name: sandbox, external_task_id: never, speed: 100}
chains:
  a:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [lost, found]
  b:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [slow]
"""
GATEWAY = """
version: 1
name: gateway
provider: dmxapi
chains:
  a:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one]
"""
KEY = "sk-SECRET-do-not-leave-me-anywhere-0123456789"


def test_a_second_run_is_told_who_holds_the_journal(tmp_path: Path) -> None:
    """Two submitters on one journal cannot be: the second leaves with 8, at once, and names the first."""
    (tmp_path / "slow.yaml").write_text(PLAN)
    command = Command(tmp_path)
    with sandbox(tmp_path / "world", speed=4, offers_list=True) as server:
        first = in_the_air(command, server)
        second = command.run("run", "slow.yaml", "--yes", "--base-url", server.base_url)
        assert second.returncode == 8
        assert str(first.pid) in second.stderr
        assert first.poll() is None
        status = command.run("status", "--json")
        assert status.returncode == 0
        assert len(json.loads(status.stdout)["in_the_air"]) == 1
        first.kill()
        first.communicate()
        # The lock went with the process: nothing is stale.
        third = command.start("run", "slow.yaml", "--yes", "--base-url", server.base_url)
        time.sleep(2)
        assert third.poll() is None
        third.send_signal(signal.SIGTERM)
        third.communicate(timeout=TIMEOUT)
        assert len(server.payments()) == 1


def test_a_persons_word_is_heard_by_the_run_beside_it(tmp_path: Path) -> None:
    """`resolve` in another process lets a held chain go on within seconds, in the same run."""
    (tmp_path / "unclear.yaml").write_text(UNCLEAR)
    (tmp_path / "faults.json").write_text(
        json.dumps(
            [
                {"when": {"action": "submit", "prompt_contains": "lost"}, "do": "drop_after"},
                {"when": {"action": "submit", "prompt_contains": "slow"}, "do": {"slow": 8}},
            ]
        )
    )
    command = Command(tmp_path)
    options = {"speed": 100, "external_ids": False, "faults": tmp_path / "faults.json"}
    with sandbox(tmp_path / "world", **options) as server:
        process = command.start("run", "unclear.yaml", "--yes", "--base-url", server.base_url)

        def held() -> bool:
            status = command.run("status", "--json")
            waiting = json.loads(status.stdout).get("waiting", ())
            return any(each["need"] == "unclear" for each in waiting)

        eventually(held)
        told = command.run("resolve", "a.1")
        assert "Look at the task log of your account" in told.stdout
        assert command.run("resolve", "a.1", "--not-submitted").returncode == 2  # too early to be sure
        task = next(each["task_id"] for each in server.payments() if each["prompt"] == "lost")
        assert command.run("resolve", "a.1", "--task-id", task).returncode == 0
        eventually(lambda: any(each["prompt"] == "found" for each in server.payments()))
        _, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, err
        assert server.paid() == {"lost": 1, "found": 1, "slow": 1}
        assert command.run("resolve", "a.1", "--task-id", task).returncode == 2


def test_the_key_is_nowhere_after_every_kind_of_end(tmp_path: Path) -> None:
    """A refused key is named by its variable, never shown: not in errors, logs, JSON or files."""
    (tmp_path / "gateway.yaml").write_text(GATEWAY)
    command = Command(tmp_path, {"DMXAPI_API_KEY": KEY})
    with sandbox(tmp_path / "world", key="sk-another") as server:
        words = ("run", "gateway.yaml", "--yes", "--base-url", server.base_url)
        for more in ((), ("--json",), ("-v",)):
            done = command.run(*words, *more)
            assert done.returncode == 6, done.stderr
            assert KEY not in done.stdout + done.stderr
            assert "Traceback" not in done.stderr or more == ("-v",)
    with sandbox(tmp_path / "other", key=KEY) as server:
        process = command.start("run", "gateway.yaml", "--yes", "--json", "--base-url", server.base_url)
        eventually(lambda: server.payments())
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=TIMEOUT)
        assert "TaskAccepted" in out
        assert KEY not in out + err
        assert server.leaks() == []
    command.environ = {"DMXAPI_API_KEY": ""}
    missing = command.run("run", "gateway.yaml", "--yes")
    assert missing.returncode == 6
    assert "DMXAPI_API_KEY" in missing.stderr
    for path in command.state.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path

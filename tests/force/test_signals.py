"""Ctrl-C, SIGTERM and a closed terminal, given to the real command while tasks are in the air."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.facts import TaskAccepted
from orchestrator.store import open_reader
from tests.force.processes import TIMEOUT, Command, SandboxProcess, eventually, sandbox

PLAN = """
version: 1
name: slow
provider: {name: sandbox, speed: 4, patience: {send: 3, answer: 6, grace: 1}}
chains:
  a:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path / "world", speed=4, offers_list=True) as process:
        yield process


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "slow.yaml").write_text(PLAN)
    return Command(tmp_path)


def in_the_air(command: Command, server: SandboxProcess, **options: Any) -> subprocess.Popen[str]:
    """The command, running, with a task accepted and written down."""
    process = command.start("run", "slow.yaml", "--yes", "--base-url", server.base_url, **options)

    def accepted() -> bool:
        if process.poll() is not None:
            raise AssertionError(process.communicate())
        if not (command.state / "journal.db").exists():
            return False
        with open_reader(command.state / "journal.db") as reader:
            return any(type(each.fact).__name__ == "TaskAccepted" for each in reader.facts())

    eventually(accepted)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_first_signal_drains_says_what_is_in_the_air_and_dies_by_it(
    number: signal.Signals, command: Command, server: SandboxProcess
) -> None:
    """The shell sees the signal; the person sees what is in the air, what it cost, and how to go on."""
    process = in_the_air(command, server)
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == -number
    assert "In the air: 1 submission (slow:a.1)" in out
    assert "1 call" in out
    assert out.rstrip().endswith(f"--state {command.state} --base-url {server.base_url}")
    assert "nothing new is sent" in err
    assert "Traceback" not in err
    assert len(server.payments()) == 1


def test_a_second_signal_leaves_at_once(command: Command, tmp_path: Path) -> None:
    """Twice means now, even while an answer is waited for; the next run finds out and pays nothing twice."""
    (tmp_path / "slow.yaml").write_text(
        PLAN.replace("speed: 4", "speed: 100").replace("answer: 6", "answer: 90")
    )
    (tmp_path / "faults.json").write_text('[{"when": {"action": "submit", "nth": 1}, "do": {"delay": 60}}]')
    with sandbox(tmp_path / "lame", speed=100, offers_list=True, faults=tmp_path / "faults.json") as server:
        process = command.start("run", "slow.yaml", "--yes", "--base-url", server.base_url)
        eventually(lambda: server.payments())
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None  # the answer to what was sent is waited for
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT)
        assert process.returncode == -signal.SIGINT
        with open_reader(command.state / "journal.db") as reader:
            assert TaskAccepted not in {type(each.fact) for each in reader.facts()}, (
                "it waited for the answer"
            )
        last = command.run("run", "slow.yaml", "--yes", "--base-url", server.base_url)
        assert last.returncode == 0, last.stderr
        assert sorted(payment["prompt"] for payment in server.payments()) == ["one", "two"]


def test_a_terminal_that_goes_away_ends_nothing_wrongly(command: Command, server: SandboxProcess) -> None:
    """With nobody left to read, the run drains and dies by the signal; the journal is right."""
    process = in_the_air(command, server)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    process.send_signal(signal.SIGHUP)
    assert process.wait(TIMEOUT) == -signal.SIGHUP
    with open_reader(command.state / "journal.db") as reader:
        assert len(reader.open_takes()) == 1


def test_nohup_is_heard(command: Command, tmp_path: Path) -> None:
    """A night's run that was started under nohup goes on to its end when the terminal is closed."""
    (tmp_path / "slow.yaml").write_text(PLAN.replace("speed: 4", "speed: 100"))
    with sandbox(tmp_path / "quick", speed=100, offers_list=True) as server:
        process = in_the_air(command, server, preexec_fn=ignoring_a_closed_terminal)
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, err
        assert len(server.payments()) == 2


def ignoring_a_closed_terminal() -> None:
    """What nohup does before it becomes the command."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def test_a_run_whose_own_sandbox_dies_says_so_and_the_next_one_goes_on(command: Command) -> None:
    """Nobody else can start it again: the run stops instead of asking for hours; nothing is paid twice."""
    with command.start("run", "slow.yaml", "--yes") as process:
        eventually(lambda: tasks(command))
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        out, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 7
    assert "its sandbox has ended by signal 9" in out
    assert "In the air: 1 submission" in out
    assert f"Go on with: orchestrate resume {command.folder}/slow.yaml --state {command.state}" in out
    before = tasks(command)
    again = command.run("resume", "slow.yaml", "--yes")
    assert again.returncode == 0, again.stderr
    assert len(tasks(command)) == 2
    assert tasks(command)[0] == before[0]


def tasks(command: Command) -> list[str]:
    """The tasks that the journal knows."""
    if not (command.state / "journal.db").exists():
        return []
    with open_reader(command.state / "journal.db") as reader:
        return [each.fact.task_id for each in reader.facts() if isinstance(each.fact, TaskAccepted)]

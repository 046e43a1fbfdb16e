"""Authors' stories typed as commands against a sandbox in another process, which counts payments."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import orchestrator.cli
from orchestrator.sandbox import EXAMPLE
from tests.force.processes import TIMEOUT, Command, SandboxProcess, sandbox

PLAN = f"""\
version: 1
name: koi
provider: {{name: sandbox, speed: 1000, patience: {{send: 3, answer: 6, grace: 1}}}}
chains:
  koi:
    source: {{task_id: {EXAMPLE.task_id}, video_id: {EXAMPLE.video_id}}}
    steps:
      - {{id: leap, prompt: leap, takes: 2, pick: 1}}
      - waves
"""
REVIEWED = PLAN.replace("takes: 2, pick: 1", "review: true")
ASKED = PLAN.replace("pick: 1", "pick: ask")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path / "world", speed=1000, offers_list=True) as process:
        yield process


class Author(Command):
    """Types commands in this process, which saves starting one for each."""

    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        self.capture.readouterr()
        with contextlib.chdir(self.folder):
            status = orchestrator.cli._status([*words, "--state", str(self.state)])
        out, err = self.capture.readouterr()
        return subprocess.CompletedProcess(words, status, out, err)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Author:
    author = Author(tmp_path)
    author.capture = capsys
    return author


def run(command: Command, server: SandboxProcess, text: str, *more: str) -> int:
    """Write the plan, foresee its calls, run it: what is paid is what was foreseen. The exit status."""
    (command.folder / "koi.yaml").write_text(text)
    planned = command.run("plan", "koi.yaml", "--json", *more)
    (foreseen,) = json.loads(planned.stdout)
    before = len(server.payments())
    done = command.run("run", "koi.yaml", "--yes", "--base-url", server.base_url, *more)
    calls = foreseen["next"]["calls"]
    assert calls["low"] <= len(server.payments()) - before <= calls["high"], done.stderr
    return done.returncode


def test_one_more_take_is_paid_for_once_and_another_pick_moves_the_rest(
    command: Command, server: SandboxProcess
) -> None:
    """Raising takes from two to three pays one call; picking it pays for what follows, once."""
    assert run(command, server, PLAN) == 0
    assert server.paid() == {"leap": 2, "waves": 1}
    three = PLAN.replace("takes: 2", "takes: 3")
    assert run(command, server, three) == run(command, server, three) == 0
    assert server.paid() == {"leap": 3, "waves": 1}
    assert command.run("take", "pick", "koi.leap@3").returncode == 0
    assert run(command, server, three) == 0
    assert command.run("take", "pick", "koi.leap@1").returncode == 0
    assert run(command, server, three) == 0
    assert server.paid() == {"leap": 3, "waves": 2}


def test_a_review_stops_with_5_says_what_to_type_and_goes_on(
    command: Command, server: SandboxProcess
) -> None:
    """A rejected take is made anew, an approved one is gone on from; what to type is on the screen."""
    assert run(command, server, REVIEWED) == 5
    told = command.run("status").stdout
    assert "→ orchestrate approve koi:koi.leap" in told
    assert "→ orchestrate reject koi:koi.leap" in told
    assert command.run("reject", "koi.leap").returncode == 0
    assert run(command, server, REVIEWED) == 5
    assert command.run("approve", "koi.leap").returncode == 0
    assert run(command, server, REVIEWED) == 0
    assert server.paid() == {"leap": 2, "waves": 1}


def test_plan_exits_with_10_exactly_while_something_is_to_be_paid(
    command: Command, server: SandboxProcess
) -> None:
    """A script that asks `plan` first sees changes pending, and none once they are made."""
    (command.folder / "koi.yaml").write_text(PLAN)
    assert command.run("plan", "koi.yaml", "--detailed-exitcode").returncode == 10
    assert run(command, server, PLAN, "--through", "koi.leap") == 0
    assert server.paid() == {"leap": 2}
    through = ("plan", "koi.yaml", "--detailed-exitcode", "--through", "koi.leap")
    assert command.run(*through).returncode == 0
    assert command.run("plan", "koi.yaml", "--detailed-exitcode").returncode == 10
    assert run(command, server, PLAN, "--steps", "1") == 0
    assert command.run("plan", "koi.yaml", "--detailed-exitcode").returncode == 0
    wrong = command.run("run", "koi.yaml", "--only", "carp", "--yes")
    assert wrong.returncode == 2
    assert "there is no chain carp; there are: koi" in wrong.stderr


def test_a_chain_made_elsewhere_is_adopted_and_extended(command: Author, server: SandboxProcess) -> None:
    """Adopting pays nothing and hangs each video below its parent; extending pays for one step, once."""
    run(command, server, PLAN)
    other = Author(command.folder / "other")
    other.folder.mkdir()
    other.capture = command.capture
    where = ("--provider", "sandbox", "--base-url", server.base_url)
    nothing_to_pay = PLAN.partition("    steps:")[0]
    assert run(other, server, nothing_to_pay) == 0
    assert "known already" in other.run("adopt", EXAMPLE.task_id, "--kind", "text2video", *where).stderr
    (made,) = [payment["task_id"] for payment in server.payments() if payment["prompt"] == "leap"][:1]
    second = other.run("adopt", made, *where)
    assert re.search("it extends [0-9a-f]{8}", second.stderr)
    node = second.stdout.split()[2].rstrip(":")
    assert "known already" in other.run("adopt", made, *where).stderr
    assert "knows no such task" in other.run("adopt", "CnOTHING", *where).stderr
    extend = ("extend", node, "frog", "--base-url", server.base_url)
    assert "say --yes" in other.run(*extend).stderr
    before = len(server.payments())
    for _ in range(2):
        done = other.run(*extend, "--yes")
        assert done.returncode == 0, done.stderr
    assert len(server.payments()) == before + 1
    tree = json.loads(other.run("lineage", "show", node, "--json").stdout)
    assert len(tree["children"]) == 1
    assert tree["parent"] is not None
    assert other.run("resume", "--yes", "--base-url", server.base_url).returncode == 0


def test_what_is_extended_by_hand_is_found_by_a_plan(command: Command, server: SandboxProcess) -> None:
    """The step hangs from the take itself: a plan that asks for the same step does not pay again."""
    run(command, server, PLAN)
    done = command.run("extend", "koi", "frog", "--yes", "--base-url", server.base_url)
    assert done.returncode == 0, done.stderr
    assert run(command, server, PLAN + "      - frog\n") == 0
    assert server.paid() == {"leap": 2, "waves": 1, "frog": 1}


def test_on_a_terminal_the_run_asks_at_its_end(command: Command, server: SandboxProcess) -> None:
    """Whoever sits there picks right away, with the last frames at hand, and the run goes on."""
    (command.folder / "koi.yaml").write_text(ASKED)
    ours, theirs = pty.openpty()
    words = ("run", "koi.yaml", "--base-url", server.base_url)
    process = command.start(*words, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    os.write(ours, b"y\n")
    seen = _until(ours, "go on from take")
    assert seen.count("last frame: ") == 2
    os.write(ours, b"2\ny\n")
    _until(ours, None)
    assert process.wait(TIMEOUT) == 0
    os.close(ours)
    assert server.paid() == {"leap": 2, "waves": 1}


def _until(terminal: int, words: str | None) -> str:
    """What a terminal shows until these words, or until it is closed."""
    seen = ""
    while words is None or words not in seen:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # how a pseudo-terminal says that nobody is at its other end
            read = b""
        if not read:
            break
        seen += read.decode(errors="replace")
    return seen

"""The real command tells somebody: by a command and by post, with consent, and never to the run's harm."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from orchestrator.provider.notices import signature
from tests.force.processes import TIMEOUT, Command
from tests.force.sharing import CHAINS, cluster

PLAN = """
version: 1
name: pond
provider: {name: sandbox, speed: 500}
notify: NOTIFY
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, {id: leap, prompt: two, takes: 2, pick: ask}, three]
  $(touch${IFS}pwned);`touch${IFS}pwned`:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: ["one $(touch pwned)"]
  poor:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    budget: {calls: 0}
    steps: [dear]
"""
TELL = """#!/bin/sh
cat >> heard.jsonl
printf '%s|%s|%s\\n' "$ORCHESTRATE_EVENT" "$ORCHESTRATE_CHAIN" "$ORCHESTRATE_STATE" >> heard.txt
env | grep 'KLING_API_KEY\\|_SECRET' | wc -l >> keys.txt
"""


class Inbox(BaseHTTPRequestHandler):
    """A receiver that remembers, and refuses when told to."""

    letters: ClassVar[list[tuple[dict[str, str], bytes]]]
    status: ClassVar[int] = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).letters.append(({name.lower(): text for name, text in self.headers.items()}, body))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def inbox() -> Iterator[tuple[str, type[Inbox]]]:
    class Own(Inbox):
        letters: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    with HTTPServer(("127.0.0.1", 0), Own) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/koi?token=t", Own
        server.shutdown()
        thread.join()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    tell = tmp_path / "plans" / "tell.sh"
    tell.parent.mkdir()
    tell.write_text(TELL)
    tell.chmod(0o755)
    return Command(tmp_path, {"KLING_API_KEY": "k"})


def written(command: Command, notify: str) -> str:
    plan = command.folder / "plans" / "pond.yaml"
    plan.write_text(PLAN.replace("NOTIFY", notify))
    return str(plan)


def heard(command: Command) -> set[tuple[str, ...]]:
    lines = (command.folder / "plans" / "heard.txt").read_text().splitlines()
    assert len(lines) == len(set(lines)), "nothing is told twice"
    return {tuple(line.split("|")) for line in lines}


EVIL = "$(touch${IFS}pwned);`touch${IFS}pwned`"


def test_a_command_is_told_each_end_and_each_need_once(command: Command) -> None:
    """Run in the plan's folder, with the message as JSON and in variables, foreign text as data, no key."""
    plan = written(command, "{command: [./tell.sh]}")
    done = command.run("run", plan, "--yes", "--notify")
    assert done.returncode == 5, done.stderr
    told = {("finished", EVIL, "done"), ("decision", "koi", "pick"), ("budget", "poor", "budget")}
    assert heard(command) == told
    messages = [
        json.loads(line) for line in (command.folder / "plans" / "heard.jsonl").read_text().splitlines()
    ]
    (pick,) = [each for each in messages if each["event"] == "decision"]
    assert pick["place"] == "pond:koi.leap"
    assert pick["how"][0] == f"orchestrate take pick pond:koi.leap@N --state {command.state}"
    assert "notify:" not in done.stderr
    assert not list(command.folder.rglob("pwned"))
    assert set((command.folder / "plans" / "keys.txt").read_text().split()) == {"0"}
    # What was told is not told again; what changes is.
    assert command.run("run", plan, "--yes", "--notify").returncode == 5
    assert heard(command) == told
    assert command.run("take", "pick", "pond:koi.leap@2").returncode == 0
    command.run("run", plan, "--yes", "--notify")
    assert heard(command) == told | {("finished", "koi", "done")}


def test_without_consent_nothing_of_a_plan_is_run_or_posted(
    command: Command, inbox: tuple[str, type[Inbox]]
) -> None:
    """`--yes` agrees to paying, not to running somebody's program: it is said, and left alone."""
    url, letters = inbox
    plan = written(command, f"{{command: [./tell.sh, --loud], url: '{url}'}}")
    done = command.run("run", plan, "--yes")
    assert done.returncode == 5
    assert f"Plan pond would run `./tell.sh --loud` and post to {url}: left alone" in done.stderr
    silent = command.run("run", plan, "--yes", "--no-notify")
    assert "left alone" not in silent.stderr
    assert not (command.folder / "plans" / "heard.txt").exists()
    assert not letters.letters


def test_it_is_posted_signed_on_the_occasions_asked_for(
    command: Command, inbox: tuple[str, type[Inbox]]
) -> None:
    """Who receives it can tell that it is ours, and gets what they asked for and no more."""
    url, letters = inbox
    command.environ |= {"ORCHESTRATE_NOTIFY_SECRET": "whsec_c2VjcmV0"}
    plan = written(command, f"{{url: '{url}', on: [finished]}}")
    assert command.run("run", plan, "--yes", "--notify").returncode == 5
    ((headers, body),) = letters.letters
    assert json.loads(body)["text"].startswith(f"pond:{EVIL} is done: ")
    assert headers["content-type"] == "application/json"
    name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert headers["webhook-signature"] == signature(b"secret", name, stamp, body)


def test_the_environment_names_whom_to_tell_of_every_plan(
    command: Command, inbox: tuple[str, type[Inbox]]
) -> None:
    """What the person's own environment says needs no consent, and `--yes` needs no `--notify` for it."""
    url, letters = inbox
    tell = command.folder / "plans" / "tell.sh"
    command.environ |= {"ORCHESTRATE_NOTIFY_URL": url, "ORCHESTRATE_NOTIFY_COMMAND": f"'{tell}' a"}
    plan = written(command, "{on: [finished]}")
    done = command.run("run", plan, "--yes")
    assert done.returncode == 5
    assert len(letters.letters) == 3
    assert (command.folder / "heard.txt").read_text().count("\n") == 3, "where the command was typed"


@pytest.mark.parametrize(
    ("notify", "words"),
    [
        ("{command: [./nowhere.sh]}", "./nowhere.sh was not run to its end: No such file"),
        ("{command: [sh, -c, 'echo no mail today >&2; exit 3']}", "failed with status 3: no mail today"),
        ("{command: [sleep, '60']}", "not everything was passed on before the run ended"),
        ("{url: 'http://127.0.0.1:9/'}", "http://127.0.0.1:9/ was not reached"),
    ],
)
def test_what_fails_is_said_once_and_disturbs_nothing(notify: str, words: str, command: Command) -> None:
    """The run makes, pays and ends as it would have without anybody to tell."""
    done = command.run("run", written(command, notify), "--yes", "--notify")
    assert done.returncode == 5
    assert done.stderr.count(words) == 1
    assert "Traceback" not in done.stderr
    assert (command.state / "films" / "pond").exists()


def test_a_receiver_that_refuses_is_said(command: Command, inbox: tuple[str, type[Inbox]]) -> None:
    """A wrong token at the receiver's is seen in the run."""
    url, letters = inbox
    letters.status = 403
    done = command.run("run", written(command, f"{{url: '{url}'}}"), "--yes", "--notify")
    assert done.returncode == 5
    assert done.stderr.count("was not reached: it answered 403") == 1


def test_somebody_at_a_terminal_is_asked(command: Command) -> None:
    """The question shows the command and the occasions; a no runs the plan and leaves the command alone."""
    import pty
    import subprocess
    import sys

    plan = written(command, "{command: [./tell.sh], on: [finished]}")
    for answer, told in (("n", False), ("y", True)):
        ours, theirs = pty.openpty()
        words = ("run", plan, "--state", str(command.folder / answer))
        with subprocess.Popen(
            [sys.executable, "-m", "orchestrator", *words],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        ) as process:
            os.write(ours, answer.encode() + b"\nq\nq\nq\n")
            _, err = process.communicate(timeout=TIMEOUT)
        os.close(ours)
        os.close(theirs)
        assert b"Plan pond wants to run `./tell.sh`, on: finished. Allow it?" in err
        assert (command.folder / "plans" / "heard.txt").exists() is told


def test_who_follows_workers_tells_too_and_so_do_they(tmp_path: Path, postgres_url: str) -> None:
    """A plan that is handed over is told of as one that is run, by whoever has somebody to tell."""
    with cluster(tmp_path, postgres_url, 0) as here:
        tell = {"ORCHESTRATE_NOTIFY_COMMAND": "sh -c 'cat >> heard.jsonl; echo >> heard.jsonl'"}
        worker = here.work(**tell)
        me = here.command("me")
        me.environ.update(tell)
        done = me.shared("run", str(here.write()), "--yes", "--detach")
        _, err = done.communicate(timeout=TIMEOUT)
        assert done.returncode == 0, err
        worker.terminate()
        worker.communicate(timeout=TIMEOUT)
        for folder in (me.folder, here.command("w0").folder):
            lines = (folder / "heard.jsonl").read_text().split("\n")
            told = [json.loads(line) for line in lines if line]
            assert sorted(each["chain"] for each in told) == [f"c{number}" for number in range(CHAINS)]
            assert {each["state"] for each in told} == {"done"}

"""The real command listens, a sandbox in another process posts to it: told, forged, and a taken port."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.facts import Fact, TaskAccepted
from orchestrator.store import open_reader
from tests.force.processes import TIMEOUT, Command, SandboxProcess, eventually, sandbox
from tests.force.sharing import cluster

SECRET = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI="
PLAN = """
version: 1
name: told
provider: {name: dmxapi, patience: {send: 3, answer: 6, grace: 1}}
chains:
  a:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""
# Tasks take about 3 s there, while nothing but 320 s is known of dmxapi: its schedule asks after 180 s.
SPEED = 100


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxProcess]:
    with sandbox(tmp_path / "world", speed=SPEED, callback_secret=SECRET) as process:
        yield process


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "told.yaml").write_text(PLAN)
    return Command(tmp_path, {"DMXAPI_API_KEY": "sk-x", "ORCHESTRATE_CALLBACK_SECRET": SECRET})


@contextmanager
def listening(command: Command, server: SandboxProcess) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, running, and where it listens; killed if it is still there at the end."""
    words = ("run", "told.yaml", "--yes", "--base-url", server.base_url, "--callback-listen", "127.0.0.1:0")
    process = command.start(*words)
    assert process.stderr is not None
    said = (
        re.search(r"received at (http://127\.0\.0\.1:\d+/), signed ones only", line)
        for line in process.stderr
    )
    try:
        found = next(each for each in said if each)
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def facts_of(command: Command) -> list[Fact]:
    if not (command.state / "journal.db").exists():
        return []
    with open_reader(command.state / "journal.db") as reader:
        return [each.fact for each in reader.facts()]


def answered(url: str, body: bytes, method: str = "POST") -> int:
    """The status that a stranger gets."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def reached(port: int) -> bool:
    """Somebody listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_a_run_that_is_told_is_done_long_before_it_would_have_asked(
    command: Command, server: SandboxProcess
) -> None:
    """Signed notices from another process end both steps; by its own schedule it would ask much later."""
    with listening(command, server) as (process, _):
        err = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode == 0, err
    assert "not believed" not in err
    assert sorted(payment["prompt"] for payment in server.payments()) == ["one", "two"]


def test_strangers_change_nothing_and_the_port_goes_with_the_run(
    command: Command, server: SandboxProcess
) -> None:
    """Forged, oversized and foreign requests get a status and no more; the run's own trouble is said once."""
    with listening(command, server) as (process, url):
        accepted: list[TaskAccepted] = []

        def begun() -> bool:
            accepted[:] = [fact for fact in facts_of(command) if isinstance(fact, TaskAccepted)]
            return bool(accepted)

        eventually(begun)
        forged = json.dumps({"task_id": accepted[0].task_id, "task_status": "succeed"}).encode()
        assert [answered(url, forged) for _ in range(3)] == [401, 401, 401]
        assert answered(url, b" " * 70_000) == 413
        assert answered(url, b"", method="GET") == 405
        assert not any(type(fact).__name__ in ("TaskSucceeded", "TaskFailed") for fact in facts_of(command))
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode == -signal.SIGINT
    assert err.count("a notice was not believed: it is not signed") == 1
    assert "Traceback" not in err
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])))


def test_a_taken_port_is_said_before_anything_is_asked(command: Command, server: SandboxProcess) -> None:
    """Nothing was sent, nothing was paid, no journal was made, and the option to change is named."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        words = ("run", "told.yaml", "--yes", "--base-url", server.base_url)
        done = command.run(*words, "--callback-listen", f"127.0.0.1:{port}")
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "--callback-listen" in done.stderr
    assert "Traceback" not in done.stderr
    assert not server.payments()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--callback-listen", "nowhere"], "write HOST:PORT"),
        (["--callback-listen", "127.0.0.1:99999"], "write HOST:PORT"),
        (["--callback-listen", "127.0.0.1:0"], "say --callback-url https://"),
        (["--callback-url", "http://studio.example/"], "write https://"),
        (["--callback-url", "https://user:secret@studio.example/"], "write https://"),
        (["--callback-url", "koi"], "write https://"),
    ],
)
def test_what_cannot_work_is_said_first(options: list[str], words: str, command: Command) -> None:
    """Where a provider could never reach us, the next move is named; nothing is sent, no password shown."""
    done = command.run("run", "told.yaml", "--yes", *options)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret@" not in done.stderr


def test_a_worker_is_told_as_well(tmp_path: Path, postgres_url: str) -> None:
    """Who submits is who listens: the worker, not who follows it."""
    with cluster(tmp_path, postgres_url, 0) as here:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        at = ("--callback-url", f"http://127.0.0.1:{port}/", "--callback-listen", f"127.0.0.1:{port}")
        worker = here.command("w").shared("worker", *at)
        here.workers.append(worker)
        eventually(lambda: reached(port))
        assert answered(f"http://127.0.0.1:{port}/", b"{}") == 204
        me, plan = here.command("me"), str(here.write())
        refused = me.shared("run", plan, "--yes", "--detach", *at)
        _, err = refused.communicate(timeout=TIMEOUT)
        assert refused.returncode == 2
        assert "for workers" in err
        done = me.shared("run", plan, "--yes", "--detach")
        _, err = done.communicate(timeout=TIMEOUT)
        assert done.returncode == 0, err
        assert here.provider.paid() == here.needed
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=TIMEOUT)
        assert "not believed" not in err
        assert "Traceback" not in err

"""The real command against a real sandbox, each a process of its own, for tests that kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from orchestrator.sandbox import Ready, SandboxOptions

ROOT = Path(__file__).parents[2]
TIMEOUT = 300.0
"""Seconds after which something hangs, however busy the machine is; nothing is proved by it."""


@dataclass
class SandboxProcess:
    """A sandbox whose world outlives it: it may be stopped and started again."""

    options: SandboxOptions
    process: subprocess.Popen[str] | None = None
    ready: Ready | None = None

    @property
    def base_url(self) -> str:
        assert self.ready is not None
        return self.ready.base_url

    def start(self) -> None:
        """On the port it had before, so that clients find it again."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "orchestrator.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(self.options.to_json() + "\n")
        self.process.stdin.flush()
        self.ready = Ready(**json.loads(self.process.stdout.readline()))
        self.options = replace(self.options, port=int(self.base_url.rpartition(":")[2]))

    def stop(self, *, hard: bool = False) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        self.process.wait(TIMEOUT)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def leaks(self) -> list[Any]:
        """Credentials that arrived where files are served."""
        with urllib.request.urlopen(f"{self.base_url}/sandbox/leaks", timeout=TIMEOUT) as answer:
            found: list[Any] = json.load(answer)["leaks"]
        return found

    def payments(self) -> list[dict[str, Any]]:
        """Every accepted task, refunded ones left out, as the account statement shows them."""
        with urllib.request.urlopen(f"{self.base_url}/sandbox/payments", timeout=TIMEOUT) as answer:
            statement = json.load(answer)
        return [payment for payment in statement["payments"] if not payment["refunded"]]

    def paid(self) -> Counter[str]:
        return Counter(payment["prompt"] for payment in self.payments())


@contextmanager
def sandbox(state: Path, **options: Any) -> Iterator[SandboxProcess]:
    """A sandbox in a process of its own."""
    server = SandboxProcess(SandboxOptions(state=state, **options))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Command:
    """`orchestrate` with a state folder of its own, or with its journal at a URL."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    url: str | None = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """The command, running; its output is collected unless told otherwise."""
        return self.shared(*words, "--state", self.url or str(self.state), **options)

    def shared(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """The command as it is typed, with a journal that the environment names."""
        pipes: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
            # The suite itself runs under `nohup`, which would be inherited.
            pipes["preexec_fn"] = lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)
        return subprocess.Popen(
            [sys.executable, "-m", "orchestrator", *words],
            text=True,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environ},
            **(pipes | options),
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command, to its end."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=TIMEOUT)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def killed(self, *words: str, after: float) -> int | None:
        """The command, killed with SIGKILL after so many seconds; its exit status when it ended before."""
        with self.start(*words) as process:
            try:
                process.communicate(timeout=after)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return None
        return process.returncode


def eventually(true: Any) -> None:
    """Wait until something is so; fail when it does not become so in time."""
    end = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < end, "it did not become so in time"
        time.sleep(0.02)

"""`orchestrate doctor`: broken set-ups are named with the next move, and one probe settles the rest."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox import EXAMPLE
from tests.cli.conftest import Type, Typed
from tests.force.processes import SandboxProcess, eventually, sandbox

PAIR = f"{EXAMPLE.task_id}:{EXAMPLE.video_id}"
NEWER = """\
version: 1
name: newer
provider: {name: sandbox, speed: 500}
chains:
  koi: {source: {text: {prompt: 锦鲤, model_name: kling-v2-1}}, until: 5}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A strict gateway with a list, which takes one key only."""
    with sandbox(tmp_path_factory.mktemp("world"), key="sk-right", offers_list=True, speed=500) as server:
        yield server


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Sets the key, or takes it away."""
    for name in ("DMXAPI_BASE_URL", "KLING_BASE_URL", "SANDBOX_BASE_URL", "KLING_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def chosen(text: str | None) -> None:
        if text is None:
            monkeypatch.delenv("DMXAPI_API_KEY", raising=False)
        else:
            monkeypatch.setenv("DMXAPI_API_KEY", text)

    chosen("sk-right")
    return chosen


@contextmanager
def answering(status: int, body: object, **headers: str) -> Iterator[str]:
    """A server on this machine that says one thing to everybody."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in ({"Date": formatdate(usegmt=True)} | headers).items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def dead() -> str:
    """Where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def checks(typed: Typed) -> dict[str, Any]:
    """The checks of `--json` by their names."""
    return {each["name"]: each for each in json.loads(typed.out)}


def ended(gateway: SandboxProcess) -> bool:
    """All extensions are made: who asks too early is told to wait for as long as real ones take."""
    url = f"{gateway.base_url}/kling/v1/videos/video-extend?pageNum=1&pageSize=30"
    question = urllib.request.Request(url, headers={"Authorization": "Bearer sk-right"})
    with urllib.request.urlopen(question, timeout=60) as answer:
        return all(task["task_status"] == "succeed" for task in json.load(answer)["data"])


def test_a_sound_set_up_is_called_sound(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """With everything in order nothing is a problem, and a person reads so."""
    typed = type_in("doctor", "--base-url", gateway.base_url)
    assert typed.status == 0
    assert "Nothing stands in the way" in typed.out
    found = checks(type_in("doctor", "--base-url", gateway.base_url, "--json"))
    assert {each["verdict"] for each in found.values()} <= {"ok", "warning", "unknown"}
    assert found["key accepted"]["verdict"] == found["list of tasks"]["verdict"] == "ok"
    assert not Path(".orchestrate").exists()


def test_a_wrong_key_is_named(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """Refused credentials are told from a host that cannot be reached, and the key is not shown."""
    key("sk-wrong-and-secret")
    typed = type_in("doctor", "--base-url", gateway.base_url, "--json")
    assert typed.status == 6
    assert checks(typed)["key accepted"]["verdict"] == "problem"
    assert checks(typed)["connection"]["verdict"] == "ok"
    assert "sk-wrong" not in typed.out + typed.err


def test_a_missing_key_is_named_by_its_variable(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """Who has no key is told the variable, and still learns that the host is there."""
    key(None)
    typed = type_in("doctor", "--base-url", gateway.base_url, "--json")
    assert typed.status == 6
    assert "DMXAPI_API_KEY" in checks(typed)["key"]["found"]
    assert checks(typed)["connection"]["verdict"] == "ok"
    assert checks(typed)["key accepted"]["verdict"] == "unknown"


def test_a_wrong_prefix_is_answered_with_the_right_one(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """An address with a path too much is a problem, and the address that works is named."""
    typed = type_in("doctor", "--base-url", f"{gateway.base_url}/api", "--json")
    assert typed.status == 7
    assert checks(typed)["prefix"]["move"] == f"use --provider dmxapi --base-url {gateway.base_url}"


def test_a_vendor_taken_for_a_gateway_is_recognised(
    type_in: Type, tmp_path: Path, key: Callable[[str | None], None]
) -> None:
    """The vendor's host has no /kling: whoever asks it as a gateway is told which provider it is."""
    with sandbox(tmp_path / "native", native=True) as server:
        typed = type_in("doctor", "--base-url", server.base_url, "--json")
    assert typed.status == 7
    assert checks(typed)["prefix"]["move"] == f"use --provider kling --base-url {server.base_url}"


def test_a_dead_host_is_not_a_wrong_key(type_in: Type, key: Callable[[str | None], None]) -> None:
    """Where nobody listens, that is said, and nothing is said about the key."""
    typed = type_in("doctor", "--base-url", dead(), "--json")
    assert typed.status == 7
    assert "nothing listens" in checks(typed)["connection"]["move"]
    assert checks(typed)["prefix"]["verdict"] == "unknown"


@pytest.mark.parametrize("past", ["", "another.example"])
def test_a_dead_proxy_is_named_and_its_password_is_not(
    type_in: Type, key: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch, past: str
) -> None:
    """Where the environment leads everything through a proxy, that is where to look first."""
    proxy = dead().removeprefix("http://")
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pa55word@{proxy}/")
    monkeypatch.setenv("NO_PROXY", past)
    typed = type_in("doctor", "--base-url", "https://gateway.example", "--json")
    assert typed.status == 7
    assert f"through the proxy {proxy}: check" in checks(typed)["connection"]["move"]
    assert "pa55word" not in typed.out + typed.err


def test_a_port_without_tls_is_named(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """https to a port that speaks http is a matter of TLS, not of the network."""
    typed = type_in("doctor", "--base-url", gateway.base_url.replace("http:", "https:"), "--json")
    assert typed.status == 7
    assert "TLS" in checks(typed)["connection"]["move"]


def test_a_web_page_is_no_api(type_in: Type, key: Callable[[str | None], None]) -> None:
    """A gateway that answers its web page with status 200 has no such route, and is no success."""
    page = "<!doctype html><html><body>Welcome</body></html>"
    with answering(200, page, Content_Type="text/html") as url:
        typed = type_in("doctor", "--base-url", url, "--json")
    assert typed.status == 7
    assert checks(typed)["prefix"]["verdict"] == "problem"
    assert checks(typed)["key accepted"]["verdict"] == "unknown"


def test_an_empty_account_is_a_matter_of_money(type_in: Type, key: Callable[[str | None], None]) -> None:
    """A balance used up comes as 429, and is not called busy."""
    body = {"code": 1102, "message": "Account balance not enough", "request_id": "r"}
    with answering(429, body) as url:
        typed = type_in("doctor", "--base-url", url, "--json")
    assert typed.status == 6
    assert "top the account up" in checks(typed)["key accepted"]["move"]


def test_a_skewed_clock_is_a_warning(type_in: Type, key: Callable[[str | None], None]) -> None:
    """A clock ten minutes off is seen in the host's Date, and stops nobody."""
    body = {"code": 1203, "message": "task not found", "request_id": "r"}
    late = formatdate(time.time() - 600, usegmt=True)
    with answering(404, body, Date=late) as url:
        typed = type_in("doctor", "--base-url", url, "--json")
    assert typed.status == 0
    assert checks(typed)["clock"]["verdict"] == "warning"
    assert "10 minutes ahead" in checks(typed)["clock"]["found"]
    assert checks(typed)["prefix"]["verdict"] == "unknown"


def test_a_broken_journal_is_named(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """A journal that is none is found before a run meets it, and left as it is."""
    Path(".orchestrate").mkdir()
    Path(".orchestrate/journal.db").write_text("not a database at all, " * 500)
    typed = type_in("doctor", "--base-url", gateway.base_url, "--json")
    assert typed.status == 8
    assert checks(typed)["journal"]["verdict"] == "problem"
    assert Path(".orchestrate/journal.db").read_text().startswith("not a database")


def test_a_state_folder_that_cannot_be_written_is_named(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """Whoever could not record a payment is told before there is one."""
    typed = type_in("doctor", "--base-url", gateway.base_url, "--state", "/proc/self/state", "--json")
    assert typed.status == 8
    assert checks(typed)["state folder"]["verdict"] == "problem"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of less than a run wants."""
    folder, mount = tmp_path / "disk", shutil.which("mount")
    folder.mkdir()
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=20m", "none", str(folder)], check=False).returncode:
        pytest.skip("this machine does not let us mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_named(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None], small_disk: Path
) -> None:
    """Results need room: where there is none, nothing should be paid for."""
    state = str(small_disk / ".orchestrate")
    typed = type_in("doctor", "--base-url", gateway.base_url, "--state", state, "--json")
    assert typed.status == 8
    assert "are free and 64 MiB are wanted" in checks(typed)["disk"]["found"]


def test_a_plan_that_redirects_the_key_is_stopped(type_in: Type, key: Callable[[str | None], None]) -> None:
    """A plan from elsewhere cannot have the key sent to its own host: nothing is asked there."""
    Path("evil.yaml").write_text(
        "version: 1\nprovider: {name: dmxapi, base_url: 'https://keys.example'}\n"
        "chains: {a: {source: {task_id: t, video_id: v}, steps: [x]}}\n"
    )
    typed = type_in("doctor", "evil.yaml", "--json")
    assert typed.status == 3
    assert checks(typed)["base URL"]["verdict"] == "problem"
    assert "not asked" in checks(typed)["connection"]["found"]


def test_the_sandbox_of_our_own_is_looked_at(type_in: Type, key: Callable[[str | None], None]) -> None:
    """Who only tries things out needs neither key nor host, and leaves nothing behind."""
    key(None)
    typed = type_in("doctor", "--provider", "sandbox")
    assert typed.status == 0
    assert not Path(".orchestrate").exists()


def test_a_probe_settles_that_the_account_can_extend(
    type_in: Type, gateway: SandboxProcess, key: Callable[[str | None], None]
) -> None:
    """It asks first, pays once, is written in the journal, and is never paid for again."""
    words = ("doctor", "--base-url", gateway.base_url, "--probe", PAIR, "--prompt", "锦鲤")
    assert type_in(*words).status == 2
    assert gateway.payments() == []
    typed = type_in(*words, "--yes")
    assert typed.status == 0, typed.err
    assert "this account can extend" in typed.out.replace("\n", " ").replace("  ", "")
    assert len(gateway.payments()) == 1
    assert "can extend" in checks(type_in(*words, "--yes", "--json"))["extending"]["found"]
    assert len(gateway.payments()) == 1
    eventually(lambda: ended(gateway))
    assert type_in("resume", "--yes", "--base-url", gateway.base_url).status == 0
    assert len(list(Path(".orchestrate/videos").glob("*.mp4"))) >= 1
    assert len(gateway.payments()) == 1


def test_a_probe_of_a_newer_model_says_what_the_refusal_means(
    type_in: Type, key: Callable[[str | None], None]
) -> None:
    """1201 is explained: not the account, but the model of this video."""
    Path("newer.yaml").write_text(NEWER, "utf-8")
    assert type_in("run", "newer.yaml", "--yes").status == 0
    typed = type_in("doctor", "--probe", "koi", "--prompt", "x", "--yes", "--json")
    found = checks(typed)["extending"]
    assert typed.status == 3
    assert "not supported extend-video" in found["found"]
    assert "videos of this model cannot be extended" in found["move"]


def test_nothing_is_probed_where_a_problem_stands(type_in: Type, key: Callable[[str | None], None]) -> None:
    """With a problem known, nothing is paid for, not even with --yes."""
    typed = type_in("doctor", "--base-url", dead(), "--probe", PAIR, "--yes", "--json")
    assert typed.status == 7
    assert "not tried" in checks(typed)["extending"]["found"]
    assert not Path(".orchestrate").exists()

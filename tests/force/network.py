"""A worker behind a network of its own that can be cut: a namespace and a cable, or at least a relay."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_OURS = "orchestrate-cut-"
# Of this process alone: another one's tests may run beside.
_NAME, _HERE, _THERE = f"{_OURS}{os.getpid()}", f"oh{os.getpid()}", f"ot{os.getpid()}"
_PLACE = os.getpid() % 16384
_HOST, _GUEST = (f"10.213.{_PLACE // 64}.{_PLACE % 64 * 4 + each}" for each in (1, 2))


@dataclass
class Relay:
    """Passes bytes on to a port of this machine until it is cut; then nothing comes through, nor in.

    While `silent`, it swallows them, and all connections seem well.
    """

    target: int
    host: str = "127.0.0.1"
    port: int = 0
    silent: bool = False
    _server: socket.socket | None = None
    _open: list[socket.socket] = field(default_factory=list)

    def start(self) -> None:
        self._server = socket.create_server((self.host, self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks, and no new one is made."""
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)  # whoever waits to accept holds the port as well
            self._server.close()
            self._server = None
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    mend = start

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = server.accept()
                threading.Thread(target=self._reach, args=(near,), daemon=True).start()

    def _reach(self, near: socket.socket) -> None:
        with near, suppress(OSError), self._far() as far:
            self._open += [near, far]
            other = threading.Thread(target=self._pass_on, args=(near, far), daemon=True)
            other.start()
            self._pass_on(far, near)
            other.join()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not self.silent:
                    other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _far(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.target))


@dataclass
class Network:
    """Where a worker finds the database; `inside` is what its command begins with.

    Provider and files are where they are for all, or (without a namespace) not cut at all.
    """

    database: Relay
    provider: Relay
    host: str
    inside: tuple[str, ...] = ()

    def cut(self) -> None:
        """The cable is out: packets are lost and nobody is told."""
        if self.inside:
            _ip("link", "set", _HERE, "down")
        else:
            self.database.cut()

    def mend(self) -> None:
        if self.inside:
            _ip("link", "set", _HERE, "up")
        else:
            self.database.mend()


@contextmanager
def network(database: int, provider: int, files: int) -> Iterator[Network]:
    """A network of its own in a namespace, where we may make one; else relays that close connections."""
    inside = os.geteuid() == 0 and shutil.which("ip") is not None and _made()
    host = _HOST if inside else "127.0.0.1"
    relays = [Relay(database, host), Relay(provider, host), Relay(files, host)]
    guests: list[subprocess.Popen[bytes]] = []
    try:
        for relay in relays:
            relay.start()
        words: tuple[str, ...] = ("ip", "netns", "exec", _NAME) if inside else ()
        if inside:
            # Provider and films have addresses on loopback, which is another one in there.
            guests = [_relayed_inside(words, each.target, each.port) for each in relays[1:]]
        yield Network(relays[0], relays[1], host, words)
    finally:
        for relay in relays:
            relay.cut()
        for guest in guests:
            guest.kill()
            guest.wait()
        if inside:
            _gone()


def _relayed_inside(words: tuple[str, ...], port: int, target: int) -> subprocess.Popen[bytes]:
    program = (
        "import sys, threading; from tests.force.network import Inner; "
        "Inner(sys.argv[1], *map(int, sys.argv[2:])).start(); threading.Event().wait()"
    )
    return subprocess.Popen([*words, sys.executable, "-c", program, _HOST, str(target), str(port)])


class Inner(Relay):
    """In the namespace, on the port that files have outside; passes on to the relay at the cable's end."""

    def __init__(self, outside: str, target: int, port: int) -> None:
        super().__init__(target, "127.0.0.1", port)
        self._outside = outside

    def _far(self) -> socket.socket:
        return socket.create_connection((self._outside, self.target))


def _made() -> bool:
    _sweep()
    try:
        _ip("netns", "add", _NAME)
        _ip("link", "add", _HERE, "type", "veth", "peer", "name", _THERE)
        _ip("link", "set", _THERE, "netns", _NAME)
        _ip("addr", "add", f"{_HOST}/30", "dev", _HERE)
        _ip("link", "set", _HERE, "up")
        for words in (
            ("addr", "add", f"{_GUEST}/30", "dev", _THERE),
            ("link", "set", _THERE, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("netns", "exec", _NAME, "ip", *words)
    except subprocess.CalledProcessError:
        _gone()
        return False
    return True


def _sweep() -> None:
    """Those of processes that were killed before they could put theirs away."""
    found = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for name in found.split():
        owner = name.removeprefix(_OURS)
        if owner != name and not Path("/proc", owner).exists():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _gone() -> None:
    for words in (("link", "del", _HERE), ("netns", "del", _NAME)):
        subprocess.run(["ip", *words], capture_output=True, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, check=True)

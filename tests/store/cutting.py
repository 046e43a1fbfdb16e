"""A cable to a database that is cut at a commit: just before it arrives, or just before its answer does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Moment = Literal["before", "after"]


class Cable:
    """Carries bytes between the journal and its server, on threads of its own."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = (parts.hostname or "", parts.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        login = parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self._door.getsockname()[1]}"))
        self.cuts = 0
        self._next: Moment | None = None
        self._silent: list[threading.Event] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self, moment: Moment) -> None:
        """Break the connection at the next commit that comes through."""
        self._next = moment

    def silence(self) -> None:
        """Swallow what comes from now on over the connections there are, which all seem well."""
        for each in self._silent:
            each.set()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._there)
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        muted, silent = threading.Event(), threading.Event()
        self._silent.append(silent)
        threading.Thread(target=self._answer, args=(far, near, muted), daemon=True).start()
        with suppress(OSError), near, far:
            while data := near.recv(65536):
                if silent.is_set():
                    continue
                moment = self._next if b"COMMIT" in data else None
                if moment is not None:
                    self._next = None
                    self.cuts += 1
                if moment == "before":
                    break
                if moment == "after":
                    muted.set()
                far.sendall(data)
            for end in (near, far):
                end.shutdown(socket.SHUT_RDWR)

    def _answer(self, far: socket.socket, near: socket.socket, muted: threading.Event) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                if muted.is_set():
                    break  # committed, and nobody hears of it
                near.sendall(data)
        with suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable(url: str) -> Iterator[Cable]:
    """A cable to the server at that URL."""
    made = Cable(url)
    try:
        yield made
    finally:
        made.close()

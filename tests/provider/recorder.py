"""A server on a real socket that records what arrives and misbehaves as it is told."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Act = Callable[[socket.socket], None]


def whole(body: bytes, status: str = "200 OK", headers: str = "") -> Act:
    """Answer properly."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return lambda connection: connection.sendall(head.encode() + body)


def half(connection: socket.socket) -> None:
    """Promise more than is sent, then close."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"code":0,"da')


def silent(connection: socket.socket) -> None:
    """Close without a word."""


def resetting(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbled(connection: socket.socket) -> None:
    """Answer what is no HTTP."""
    connection.sendall(b"\x00\x01\x02 what?\r\n\r\n")


@dataclass
class Recorder:
    """Reads whole requests on loopback and acts on each; the last act is repeated."""

    acts: list[Act]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Recorder:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.done.set()
        self.thread.join()
        self.listener.close()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def trickling(self, connection: socket.socket) -> None:
        """Answer one byte now and then, for ever."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.done.wait(0.02):
            connection.sendall(b" ")

    def mute(self, connection: socket.socket) -> None:
        """Keep the connection and say nothing."""
        self.done.wait(5)

    def _serve(self) -> None:
        while not self.done.is_set():
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            connection.settimeout(0.5)
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        try:
            while request := _request(connection):
                self.requests.append(request)
                act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
                act(connection)
                if getattr(act, "__name__", "") != "<lambda>" or b"connection: close" in request.lower():
                    return
        except OSError:
            return


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        more = connection.recv(65536)
        if not more:
            return b""
        request += more
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body

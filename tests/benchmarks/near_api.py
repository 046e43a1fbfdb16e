"""A provider on this machine that costs next to nothing: extensions that take their time, and no films.

    python -m tests.benchmarks.near_api TASK POST [no-list]

Prints its port. A POST is answered after POST seconds, the task has ended TASK seconds later. Written on
the bare event loop, so that what is measured is the client's and not its own work.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Tasks:
    """What was begun, when it ends, and how long its film is."""

    takes: float
    answers: float
    lists: bool = True
    ends: dict[str, float] = field(default_factory=dict)
    lengths: dict[str, Decimal] = field(default_factory=dict)
    posts: int = 0
    questions: int = 0

    def begin(self, body: bytes) -> bytes:
        """A new task that continues the one named in the body."""
        self.posts += 1
        name = f"t{self.posts}"
        parent = json.loads(body).get("task_id") or ""
        self.lengths[name] = self.lengths.get(parent, Decimal(5)) + Decimal("4.5")
        self.ends[name] = time.time() + self.takes
        return self._enveloped(self._shown(name, "submitted"))

    def show(self, name: str) -> bytes:
        """The task as it stands; whatever is unknown is a film of five seconds that always existed."""
        self.questions += 1
        ended = time.time() >= self.ends.get(name, 0.0)
        task = self._shown(name, "succeed" if ended else "processing")
        if ended:
            length = str(self.lengths.get(name, Decimal(5)))
            film = {"id": f"v-{name}", "url": "http://127.0.0.1:9/film.mp4", "duration": length}
            task["task_result"] = {"videos": [film]}
        return self._enveloped(task)

    def list(self, page: int, size: int) -> bytes:
        """The newest tasks first; an error where the list is not offered."""
        self.questions += 1
        if not self.lists:
            return b'{"code":1203,"message":"no such route","request_id":"r"}'
        names = list(self.ends)[::-1][(page - 1) * size : page * size]
        shown = [json.loads(self.show(name))["data"] for name in names]
        self.questions -= len(names)
        return self._enveloped(shown)

    def _shown(self, name: str, status: str) -> dict[str, object]:
        ends = self.ends.get(name, time.time())
        return {
            "task_id": name,
            "task_status": status,
            "created_at": round((ends - self.takes) * 1000),
            "updated_at": round(ends * 1000),
        }

    def _enveloped(self, data: object) -> bytes:
        said = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}
        return json.dumps(said, separators=(",", ":")).encode()


class Connection(asyncio.Protocol):
    """One connection; requests on it are answered in turn."""

    def __init__(self, tasks: Tasks) -> None:
        self.tasks = tasks
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        fields = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        if len(body) < int(fields.get("content-length", "0")):
            return
        self.received = b""
        last = fields.get("connection", "").lower() == "close"
        if method == "POST":
            answer = self.tasks.begin(body)
            asyncio.get_running_loop().call_later(self.tasks.answers, self.answer, answer, last)
        else:
            self.answer(self.asked(target), last)

    def asked(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        if query:
            numbers = dict(part.split("=", 1) for part in query.split("&"))
            return self.tasks.list(int(numbers["pageNum"]), int(numbers["pageSize"]))
        if path == "/counts":
            return json.dumps({"posts": self.tasks.posts, "questions": self.tasks.questions}).encode()
        return self.tasks.show(path.rpartition("/")[2])

    def answer(self, content: bytes, last: bool) -> None:
        if self.transport.is_closing():
            return
        close = "Connection: close\r\n" if last else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{close}Content-Length: {len(content)}"
        self.transport.write(f"{head}\r\n\r\n".encode() + content)
        if last:
            self.transport.close()


async def serve(takes: float, answers: float, lists: bool) -> None:
    """Serve until the process ends."""
    tasks = Tasks(takes, answers, lists)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(tasks), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), float(sys.argv[2]), "no-list" not in sys.argv))

"""The real server: it renders, survives kills, drops connections, and ends with its parent."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image, ImageChops, ImageStat

from orchestrator.errors import StateError
from orchestrator.media import check, frame_at, last_frame
from orchestrator.sandbox import EXAMPLE, Ready, SandboxOptions, SandboxStartError, run_child
from orchestrator.sandbox.state import Disk
from orchestrator.web import ListenError, listen

from .bench import child_process, extension

EXTEND = "/kling/v1/videos/video-extend"


def ask(base: str, method: str, path: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data, {"Authorization": "Bearer sk-x"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def until(done: Callable[[], Any], seconds: float = 15) -> Any:
    """The first true value of `done`, asked for again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = done()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it never happened")


def finished(base: str, task_id: str, path: str = EXTEND) -> Any:
    def look() -> Any:
        task = ask(base, "GET", f"{path}/{task_id}")["data"]
        return task if task["task_status"] in ("succeed", "failed") else None

    return until(look)


def test_films_decode(server: Ready, tmp_path: Path) -> None:
    """Every file decodes, is the whole video, and is as long as `duration` says, to within a frame."""
    created = ask(
        server.base_url, "POST", "/kling/v1/videos/text2video", {"prompt": "鱼", "aspect_ratio": "9:16"}
    )
    task = finished(server.base_url, created["data"]["task_id"], "/kling/v1/videos/text2video")
    for number in range(3):
        video = task["task_result"]["videos"][0]
        film = tmp_path / f"{number}.mp4"
        film.write_bytes(urllib.request.urlopen(video["url"], timeout=60).read())
        probe = check(film, thorough=True)
        assert abs(probe.seconds - Decimal(video["duration"])) < Decimal(1) / 12
        assert (probe.width, probe.height) == (180, 320)
        wish = {"task_id": task["task_id"], "video_id": video["id"], "prompt": "鱼" * number}
        # The default model, kling-v1, takes neither negative prompt nor cfg scale, and is extendable.
        task = finished(server.base_url, ask(server.base_url, "POST", EXTEND, wish)["data"]["task_id"])


def test_answers_come_at_once(tmp_path: Path) -> None:
    """A submission is answered long before its film is rendered."""
    with child_process(SandboxOptions(state=tmp_path, speed=1)) as (ready, _):
        task = ask(ready.base_url, "POST", EXTEND, extension())["data"]["task_id"]
        assert ask(ready.base_url, "GET", f"{EXTEND}/{task}")["data"]["task_status"] != "succeed"


def test_no_framework_shows(server: Ready) -> None:
    """No header names the framework, and what is not HTTP at all does not stop the server."""
    with urllib.request.urlopen(
        urllib.request.Request(server.base_url + "/account/costs", headers={"Authorization": "x"})
    ) as answer:
        assert answer.headers.get("server") is None
    for rubbish in (b"\0\xff\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nHost: [\r\n\r\n"):
        port = int(server.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
            sock.sendall(rubbish)
            assert b"500" not in sock.recv(200)[:20]
    assert ask(server.base_url, "GET", "/sandbox/leaks") == {"leaks": []}


def test_ranges_and_leaks(tmp_path: Path) -> None:
    """Files come from a second port, in ranges, and a bearer that reaches it is noted."""
    with child_process(SandboxOptions(state=tmp_path, speed=1000)) as (ready, _):
        example = ask(ready.base_url, "GET", f"/kling/v1/videos/text2video/{EXAMPLE.task_id}")["data"]
        url = example["task_result"]["videos"][0]["url"]
        assert url.startswith(ready.file_url)
        request = urllib.request.Request(url, headers={"Range": "bytes=4-7", "Authorization": "Bearer sk-oh"})
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, answer.read()) == (206, b"ftyp")
        assert len(ask(ready.base_url, "GET", "/sandbox/leaks")["leaks"]) == 1


def test_survives_a_kill(tmp_path: Path) -> None:
    """What was answered before a kill -9 is there after it, its times unchanged, its film made after all."""
    options = SandboxOptions(state=tmp_path, speed=200)
    with child_process(options) as (ready, process):
        answers = [ask(ready.base_url, "POST", EXTEND, extension(prompt=str(n)))["data"] for n in range(3)]
        before = ask(ready.base_url, "GET", "/sandbox/payments")
        process.kill()
    with child_process(options) as (ready, _):
        assert ask(ready.base_url, "GET", "/sandbox/payments") == before
        for answer in answers:
            task = finished(ready.base_url, answer["task_id"])
            assert (task["task_status"], task["created_at"]) == ("succeed", answer["created_at"])
            urllib.request.urlopen(task["task_result"]["videos"][0]["url"]).read()


def test_faults_count_across_a_restart(tmp_path: Path) -> None:
    """A fault that has struck does not strike again because the sandbox was killed."""
    script = tmp_path / "faults.json"
    once = {"when": {"action": "submit", "nth": 1}, "do": "drop_after"}
    script.write_text(json.dumps([once]))
    options = SandboxOptions(state=tmp_path / "state", faults=script)
    with child_process(options) as (ready, process):
        with pytest.raises(http.client.RemoteDisconnected):
            ask(ready.base_url, "POST", EXTEND, extension())
        process.kill()
    with child_process(options) as (ready, _):
        ask(ready.base_url, "POST", EXTEND, extension())
        assert len(ask(ready.base_url, "GET", "/sandbox/payments")["payments"]) == 2


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Ready]:
    """A server whose first files are cut, endless and a bomb."""
    effects = ["truncate", "endless", "gzip_bomb"]
    script = [{"when": {"action": "fetch", "nth": n}, "do": e} for n, e in enumerate(effects, 1)]
    script.append({"when": {"action": "submit", "nth": 1}, "do": "drop_before"})
    (tmp_path / "faults.json").write_text(json.dumps(script))
    options = SandboxOptions(state=tmp_path / "state", faults=tmp_path / "faults.json")
    with child_process(options) as (ready, _):
        yield ready


def test_broken_bodies(faulty: Ready) -> None:
    """On a real socket a cut file is short, an endless one goes on, a bomb unpacks beyond its size."""
    with pytest.raises(http.client.RemoteDisconnected):
        ask(faulty.base_url, "POST", EXTEND, extension())
    assert ask(faulty.base_url, "GET", "/sandbox/payments") == {"payments": []}
    example = ask(faulty.base_url, "GET", f"/kling/v1/videos/text2video/{EXAMPLE.task_id}")["data"]
    url = example["task_result"]["videos"][0]["url"]
    with urllib.request.urlopen(url) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()
    with urllib.request.urlopen(url) as answer:
        assert len(answer.read(3_000_000)) == 3_000_000
    with urllib.request.urlopen(url) as answer:
        packed = answer.read(20_000)
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(packed)
        assert len(unpacked) > 100 * len(packed)
    assert urllib.request.urlopen(url).read()[4:8] == b"ftyp"


def test_large_bodies(server: Ready) -> None:
    """A body above the limit gets its 413 over a real socket, although the client is still sending."""
    request = urllib.request.Request(
        server.base_url + EXTEND, bytes(17 * 1024 * 1024), {"Authorization": "x"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert (caught.value.code, json.loads(caught.value.read())["code"]) == (413, 1200)


class _Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    bodies: list[Any]

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has there
        """Says nothing."""


def test_callbacks(server: Ready) -> None:
    """A callback URL on this machine is sent the bare task at every change; others are never called."""
    received: list[Any] = []
    receiver = type("Receiver", (_Receiver,), {"bodies": received})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), receiver) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{listener.server_port}/told?by=sandbox"
        task_id = ask(server.base_url, "POST", EXTEND, extension(callback_url=url))["data"]["task_id"]
        ask(server.base_url, "POST", EXTEND, extension(callback_url="http://192.0.2.1/"))
        until(lambda: received and received[-1]["task_status"] == "succeed")
        listener.shutdown()
    assert {body["task_id"] for body in received} == {task_id}
    assert "code" not in received[-1]
    assert received[-1]["task_result"]["videos"]


def test_one_process_per_state(tmp_path: Path) -> None:
    """Two sandboxes never share a folder; the message names who has it."""
    first = Disk(tmp_path)
    with pytest.raises(StateError, match=f"process {os.getpid()}"):
        Disk(tmp_path, lock_seconds=0.1)
    first.close()
    Disk(tmp_path, lock_seconds=0.1).close()


def test_taken_port() -> None:
    """A taken port is said with the address and what to do."""
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(ListenError, match=r"cannot listen on 127.0.0.1:\d+.*--port"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_by_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Told to stop, it closes everything and then dies by that signal, so that a shell sees it."""
    code = (
        "import signal, sys; from pathlib import Path; from orchestrator.sandbox import *\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "serve_sandbox(SandboxOptions(), lambda ready: print(ready.base_url, flush=True))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        ask(base, "POST", EXTEND, extension())
        process.send_signal(number)
        assert process.wait(60) == -number
    assert list(tmp_path.iterdir()) == []


@pytest.mark.anyio
async def test_child_comes_and_goes(tmp_path: Path) -> None:
    """A child is ready inside the block, gone after it, and a next one finds the same world."""
    options = SandboxOptions(state=tmp_path)
    async with run_child(options) as first:
        await anyio.to_thread.run_sync(ask, first.base_url, "POST", EXTEND, extension())
        # A session of its own: the terminal's Ctrl-C does not reach it.
        assert os.getsid(first.pid) == first.pid
    with pytest.raises(ProcessLookupError):
        os.kill(first.pid, 0)
    async with run_child(options) as second:
        statement = await anyio.to_thread.run_sync(ask, second.base_url, "GET", "/sandbox/payments")
        assert len(statement["payments"]) == 1


@pytest.mark.anyio
async def test_child_that_cannot_start(tmp_path: Path) -> None:
    """A child that does not come up says why: a bad script, a folder in use, or too little time."""
    (tmp_path / "faults.json").write_text("{")
    with pytest.raises(SandboxStartError, match=r"faults\.json: is not JSON"):
        async with run_child(SandboxOptions(state=tmp_path / "a", faults=tmp_path / "faults.json")):
            pass
    with pytest.raises(SandboxStartError, match=r"not ready within 0.01 s; see .*sandbox\.log"):
        async with run_child(SandboxOptions(state=tmp_path / "b"), ready_seconds=0.01):
            pass


PARENT = """
import anyio, sys
from pathlib import Path
from orchestrator.sandbox import SandboxOptions, run_child
async def main():
    async with run_child(SandboxOptions(state=Path(sys.argv[1]))) as ready:
        print(ready.pid, flush=True)
        await anyio.sleep(60)
anyio.run(main)
"""


def test_child_ends_with_a_killed_parent(tmp_path: Path) -> None:
    """A parent's SIGKILL takes the child along, and a new child has the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    with child_process(SandboxOptions(state=tmp_path)) as (ready, _):
        assert ready.pid != child
    until(lambda: not Path(f"/proc/{child}").exists() or _is_zombie(child))


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_film_begins_with_the_posted_picture(server: Ready, tmp_path: Path) -> None:
    """An image2video film has the shape of its picture, shows it first, and then moves on."""
    picture = Image.new("RGB", (360, 640), (200, 120, 40))
    picture.paste((20, 60, 200), (0, 0, 360, 300))
    content = BytesIO()
    picture.save(content, "PNG")
    wish = {"image": base64.b64encode(content.getvalue()).decode(), "prompt": "鱼"}
    path = "/kling/v1/videos/image2video"
    task = finished(server.base_url, ask(server.base_url, "POST", path, wish)["data"]["task_id"], path)
    film, first, last = (tmp_path / name for name in ("film.mp4", "first.png", "last.png"))
    film.write_bytes(urllib.request.urlopen(task["task_result"]["videos"][0]["url"], timeout=60).read())
    frame_at(film, Decimal(0), first)
    last_frame(film, last)
    assert _near(first, (200, 120, 40), (90, 300))
    assert _near(first, (20, 60, 200), (90, 20))
    # The last frame is in the same light, so that at a single place it may look like the first.
    assert _difference(first, last) > 5


def _near(path: Path, colour: tuple[int, int, int], place: tuple[int, int]) -> bool:
    with Image.open(path) as image:
        assert image.size == (180, 320)
        found = image.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 16 for one, other in zip(found, colour, strict=True))


def _difference(path: Path, other: Path) -> float:
    """How far two pictures are apart on average, in levels of grey."""
    with Image.open(path) as one, Image.open(other) as another:
        return ImageStat.Stat(ImageChops.difference(one.convert("L"), another.convert("L"))).mean[0]

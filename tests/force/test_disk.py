"""A real small disk that fills up, and folders that cannot be written, under the real command."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.force.processes import Command, sandbox

PLAN = """
version: 1
name: disk
provider: {name: sandbox, speed: 500}
chains:
  a:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [one, two]
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """100 MiB of their own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=100m", "none", str(folder)], check=False)
    if done.returncode != 0:
        pytest.skip("this machine does not let us mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_costs_nothing_and_the_next_run_goes_on(small_disk: Path, tmp_path: Path) -> None:
    """Nothing is paid for where its result would have no room; with room the plan is made."""
    (small_disk / "disk.yaml").write_text(PLAN)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (40 << 20))
    command = Command(small_disk)
    with sandbox(tmp_path / "world", speed=500, offers_list=True) as server:
        words = ("run", "disk.yaml", "--yes", "--base-url", server.base_url)
        full = command.run(*words)
        assert full.returncode == 8, full.stderr
        assert "make room, then resume" in full.stdout + full.stderr
        assert server.payments() == []
        with suppress(OSError), ballast.open("ab") as file:
            while True:
                file.write(b"x" * (1 << 20))
        fuller = command.run(*words)
        assert fuller.returncode == 8, fuller.stderr
        assert "Traceback" not in fuller.stderr
        assert server.payments() == []
        ballast.unlink()
        last = command.run(*words)
        assert last.returncode == 0, last.stderr
        assert server.paid() == {"one": 1, "two": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SQLite format 3\x00" + b"\x00" * 50, "damaged"),
        (b"not a journal at all, but somebody's notes", "journal"),
        (b"", "journal"),
    ],
    ids=["truncated", "foreign", "empty"],
)
def test_a_broken_journal_is_named_and_left_alone(content: bytes, words: str, tmp_path: Path) -> None:
    """A file that is no journal is never written over: status 8, its name, and the next move."""
    (tmp_path / "disk.yaml").write_text(PLAN)
    command = Command(tmp_path)
    command.state.mkdir()
    journal = command.state / "journal.db"
    journal.write_bytes(content)
    for verb in (("run", "disk.yaml", "--yes"), ("status",), ("plan", "disk.yaml")):
        done = command.run(*verb)
        assert done.returncode == 8, (verb, done.stderr)
        assert "journal.db" in done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert journal.read_bytes() == content


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    """A state folder that cannot be made is status 8 with its place, and nothing is sent."""
    (tmp_path / "disk.yaml").write_text(PLAN)
    command = Command(tmp_path)
    command.state.write_text("a file")
    done = command.run("run", "disk.yaml", "--yes")
    assert done.returncode == 8, done.stderr
    assert str(command.state) in done.stderr

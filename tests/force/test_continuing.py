"""Films beyond what can be extended, made by the real command: decoded, nothing twice, nothing missing.

200 s here, which is one segment and the beginning of the next; the long form is the plan as it is shipped:
`ORCHESTRATE_SECONDS=400 pytest tests/force/test_continuing.py`.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from orchestrator.media import check, inspect
from orchestrator.media.pictures import picture
from tests.force.processes import ROOT, TIMEOUT, Command, sandbox

SECONDS = int(os.environ.get("ORCHESTRATE_SECONDS", "200"))

PLAN = """\
version: 1
name: onward
provider: {name: sandbox, speed: 500}
continue: auto
chains:
  koi:
    source:
      task_id: CjhDaWgU7GAAAAAAAb1QfA
      video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932
      model_name: kling-v1-6
    until: 24
    steps: [{prompt: 锦鲤, repeat: fill}]
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    shutil.copytree(ROOT / "plans", tmp_path / "plans")
    (tmp_path / "onward.yaml").write_text(PLAN, "utf-8")
    return Command(tmp_path)


def frames(path: Path) -> tuple[set[int], int]:
    """The steps between the times of its pictures, and how many pictures are shown twice."""
    with av.open(str(path)) as container:
        shown = [(frame.pts, picture(frame).convert("L")) for frame in container.decode(video=0)]
    steps = {(after or 0) - (before or 0) for (before, _), (after, _) in pairwise(shown)}
    return steps, sum(_same(before, after) for (_, before), (_, after) in pairwise(shown))


def _same(before: Image.Image, after: Image.Image) -> bool:
    """A picture that is encoded twice differs from itself by this much; others do in all, or somewhere."""
    found = ImageStat.Stat(ImageChops.difference(before, after))
    return found.mean[0] <= 0.05 and found.extrema[0][1] <= 10


def test_a_film_of_several_segments_is_one_film(command: Command) -> None:
    """The plan that is shipped: chapters by step, no picture twice and none missing."""
    plan = command.folder / "plans" / "beyond.yaml"
    text = (
        plan.read_text("utf-8")
        .replace("until: 400", f"until: {SECONDS}")
        .replace("speed: 400}", "speed: 2000}")
    )
    plan.write_text(text, "utf-8")
    with command.start("run", "plans/beyond.yaml") as process:
        _, said = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, said
    film = command.state / "films" / "beyond" / "koi.mp4"
    probe = check(film, thorough=True)
    assert SECONDS <= probe.seconds < SECONDS + 5
    steps, twice = frames(film)
    assert len(steps) == 1
    assert twice == 0
    chapters = inspect(film).chapters
    assert chapters[0].title == "koi · source"
    assert chapters[-1].title.startswith("koi · 2#")
    assert all(before.ends == after.begins for before, after in pairwise(chapters))
    assert chapters[-1].ends == probe.seconds
    stitched = command.run("stitch", "beyond", "-o", "film.mp4")
    assert stitched.returncode == 0, stitched.stderr
    assert inspect(command.folder / "film.mp4").chapters == chapters
    again = command.run("run", "plans/beyond.yaml")
    assert "Nothing would be submitted" in again.stderr


@pytest.mark.parametrize("extends", ["unsupported", "discontinued"])
def test_where_extending_is_refused_the_film_is_made_all_the_same(
    command: Command, tmp_path: Path, extends: str
) -> None:
    """Refused once, it is made of last frames, through kills as well, and nothing is paid for twice."""
    with sandbox(tmp_path / "world", speed=500, extends=extends, offers_list=True) as server:
        words = ("run", "onward.yaml", "--yes", "--base-url", server.base_url)
        for after in (1.2, 1.6, 2.1):
            command.killed(*words, after=after)
        done = command.run(*words)
        assert done.returncode == 0, done.stderr
        # 5.1 s and four times 5.08 s, each from one frame before the end.
        assert Counter(each["kind"] for each in server.payments()) == Counter({"image2video": 4})
    film = command.state / "films" / "onward" / "koi.mp4"
    assert Decimal(24) <= check(film, thorough=True).seconds < Decimal(30)
    steps, twice = frames(film)
    assert len(steps) == 1
    assert twice == 0

"""Going on from a last frame on the command line: one step of any video, and files that come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.facts import AttemptBegun
from orchestrator.media import check
from orchestrator.plan import Kind
from orchestrator.store import find_home, open_reader
from tests.cli.conftest import Type

PLAN = """\
version: 1
name: koi
provider: {name: sandbox, speed: 2000}
chains:
  koi:
    source: {text: {prompt: 池塘, model_name: kling-v1-6, mode: pro}}
    steps: [游]
"""


@pytest.fixture
def pond(type_in: Type) -> None:
    """A film of two steps."""
    Path("koi.yaml").write_text(PLAN, "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0


def begun() -> list[AttemptBegun]:
    with open_reader(find_home().journal) as reader:
        return [each.fact for each in reader.facts() if isinstance(each.fact, AttemptBegun)]


@pytest.mark.usefixtures("pond")
def test_one_step_goes_on_by_frame(type_in: Type) -> None:
    """Model and mode are the video's, it is paid for once, and a plan that wants it finds it made."""
    assert type_in("extend", "koi:koi", "跃", "--by", "frame", "--yes").status == 0
    assert type_in("extend", "koi:koi", "跃", "--by", "frame", "--yes").status == 0
    *before, last = begun()
    assert len(before) == 2
    assert (last.kind, last.model_name, last.mode) == (Kind.IMAGE, "kling-v1-6", "pro")
    onward = PLAN.replace("[游]", "[游, {prompt: 跃, continue: frame}]")
    Path("koi.yaml").write_text(onward, "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0
    assert len(begun()) == 3
    film = Path(".orchestrate/films/koi/koi.mp4")
    assert 13 < check(film, thorough=True).seconds < 16


@pytest.mark.usefixtures("pond")
def test_a_step_of_another_model(type_in: Type) -> None:
    """What goes on by frame may be made by whichever model is still there."""
    typed = type_in(
        "extend", "koi:koi", "跃", "--by", "frame", "--model-name", "kling-v2-6", "--mode", "std", "--yes"
    )
    assert typed.status == 0, typed.err
    assert (begun()[-1].model_name, begun()[-1].mode) == ("kling-v2-6", "std")


@pytest.mark.usefixtures("pond")
def test_a_removed_file_comes_back_for_its_last_frame(type_in: Type) -> None:
    """What gc removed is fetched again, for nothing, when a film goes on from it."""
    assert type_in("gc", "--keep", "tips").status == 0
    removed = [path for path in Path(".orchestrate/videos").iterdir() if path.suffix == ".mp4"]
    assert len(removed) == 1
    night = "  night:\n    source: {chain: koi, step: 0}\n    steps: [{prompt: 夜, continue: frame}]\n"
    Path("koi.yaml").write_text(PLAN + night, "utf-8")
    typed = type_in("run", "koi.yaml", "--yes")
    assert typed.status == 0, typed.err
    assert begun()[-1].kind is Kind.IMAGE
    assert Path(".orchestrate/films/koi/night.mp4").is_file()

"""`orchestrate inspect`: what a file tells a person and a machine, wherever it comes from."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.media import Caption, render
from tests.cli.conftest import Type

PLAN = """\
version: 1
name: koi
provider: {name: sandbox, speed: 500}
chains:
  锦鲤:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: ["锦鲤 [/red]"]
"""


@pytest.fixture
def made(type_in: Type) -> Path:
    """A film of one step, made by a run."""
    Path("koi.yaml").write_text(PLAN, "utf-8")
    assert type_in("run", "koi.yaml", "--yes").status == 0
    return Path(".orchestrate/films/koi/锦鲤.mp4")


def test_one_of_our_files_is_placed(made: Path, type_in: Type, tmp_path: Path) -> None:
    """A copy of a kept film is recognised by its content, under any name, and its steps are told."""
    copy = tmp_path / "copy of it.mp4"
    copy.write_bytes(made.read_bytes())
    typed = type_in("inspect", str(copy))
    assert typed.status == 0
    assert "koi:锦鲤.1" in typed.out
    assert "锦鲤 [/red]" in typed.out
    assert "made by AI (AIGC Label 1)" in typed.out
    found = json.loads(type_in("inspect", str(copy), "--json").out)
    assert found["lineage"]["place"] == "koi:锦鲤.1"
    assert found["label"]["means"] == "made by AI"
    assert found["decodes"] is True


def test_a_strangers_file_is_described(type_in: Type, tmp_path: Path) -> None:
    """Without a journal, or with a broken one, a film is described all the same."""
    film = tmp_path / "film.mp4"
    render(Caption("a", "b", "c"), Decimal(1), film)
    typed = type_in("inspect", str(film))
    assert typed.status == 0
    assert "not a file of this state folder" in typed.out
    Path(".orchestrate").mkdir()
    Path(".orchestrate/journal.db").write_text("broken")
    broken = type_in("inspect", str(film))
    assert broken.status == 0
    assert "the lineage is not looked at" in broken.err


def test_what_does_not_play_ends_with_a_status(type_in: Type, tmp_path: Path) -> None:
    """Scripts can tell a broken file by the exit status."""
    (tmp_path / "text.mp4").write_text("hello")
    assert type_in("inspect", "text.mp4").status == 3
    assert type_in("inspect", "missing.mp4").status == 2
    assert type_in("inspect", ".").status == 2

"""Plans to begin with: commented, linked to the schema, right as they are, and running in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli.init import TEMPLATES
from orchestrator.planfile import json_schema, load
from tests.cli.conftest import Type


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_right_commented_and_linked(template: str, type_in: Type, tmp_path: Path) -> None:
    """The first thing a person does ends in an error, explains nothing, or completes nothing."""
    typed = type_in("init", "film", "--template", template)
    assert typed.status == 0
    assert "film.yaml is written. Next: orchestrate plan film.yaml" in typed.out
    text = Path("film.yaml").read_text("utf-8")
    plan = load("film.yaml")
    assert (plan.name, plan.provider.name, plan.notes) == ("film", "sandbox", ())
    assert plan.budget.calls is not None
    link = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / link).read_text("utf-8")) == json_schema()
    assert sum(line.strip().startswith("#") for line in text.splitlines()) >= 5
    assert max(map(len, text.splitlines())) <= 110
    assert type_in("validate", "film.yaml").status == 0


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_runs(template: str, type_in: Type) -> None:
    """What a person types next ends otherwise than in a film for every chain."""
    type_in("init", "film", "--template", template)
    text = Path("film.yaml").read_text("utf-8")
    quick = text.replace("speed: 60", "speed: 2000").replace("until: 45", "until: 15")
    Path("film.yaml").write_text(quick, "utf-8")
    typed = type_in("run", "film.yaml")  # nobody is asked: the sandbox is free
    assert typed.status == 0, typed.err
    chains = {chain.name for chain in load("film.yaml").chains}
    assert {path.stem for path in Path(".orchestrate/films/film").iterdir()} == chains
    assert "0 calls" in type_in("run", "film.yaml").out


def test_a_plan_is_linked_from_where_it_stands(type_in: Type, tmp_path: Path) -> None:
    """An editor looks for the schema in another folder than the one it was put in."""
    (tmp_path / "scenes").mkdir()
    assert type_in("init", "scenes/night.yml").status == 0
    first = Path("scenes/night.yml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../.orchestrate/plan.schema.json"
    assert "orchestrate plan scenes/night.yml" in Path("scenes/night.yml").read_text("utf-8")


def test_a_state_folder_of_another_name_can_be_used(type_in: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema in a new state folder makes it a stranger's folder for the first run."""
    monkeypatch.setenv("ORCHESTRATE_STATE", "here")
    assert type_in("init").status == 0
    Path("plan.yaml").write_text(
        Path("plan.yaml").read_text("utf-8").replace("speed: 60", "speed: 2000"), "utf-8"
    )
    assert type_in("run", "plan.yaml").status == 0


def test_nothing_is_overwritten(type_in: Type) -> None:
    """A plan that somebody has written is lost."""
    Path("plan.yaml").write_text("mine", "utf-8")
    typed = type_in("init")
    assert (typed.status, Path("plan.yaml").read_text("utf-8")) == (2, "mine")
    assert "plan.yaml exists already and is not overwritten; give another NAME" in typed.err


@pytest.mark.parametrize("name", ["a b", "a:b", "nowhere/film"])
def test_what_cannot_be_a_plan(name: str, type_in: Type) -> None:
    """A file is written that no command can name, or a traceback is shown."""
    typed = type_in("init", name)
    assert typed.status in (2, 8)
    assert "Traceback" not in typed.err
    assert not list(Path.cwd().glob("*.yaml"))

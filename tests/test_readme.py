"""The README says what is true: every command, plan key and exit status, and its examples hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from orchestrator.cli.commands import orchestrate
from orchestrator.cli.exits import Exit
from orchestrator.cli.lazily import LazyGroup
from orchestrator.planfile import json_schema, load

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def commands(group: LazyGroup, above: str = "orchestrate") -> Iterator[str]:
    """Every command, with the names of the groups it is in."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, LazyGroup):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}"


def keys(schema: Any) -> Iterator[str]:
    """Every key that a plan may have, wherever it stands in the schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for each in schema.values():
            yield from keys(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from keys(each)


@pytest.mark.parametrize("command", list(commands(orchestrate)))
def test_every_command_is_in_the_readme(command: str) -> None:
    """A command that nobody can find is not there."""
    assert f"`{command}" in README


def test_no_command_in_the_readme_is_made_up() -> None:
    """What the README tells people to type exists."""
    known = set(commands(orchestrate))
    groups = {" ".join(each.split()[:2]) for each in known}
    for typed in re.findall(r"orchestrate [a-z]+(?: [a-z]+)?", README):
        words = typed.split()
        assert " ".join(words[:2]) in groups, typed


@pytest.mark.parametrize("key", sorted(set(keys(json_schema()))))
def test_every_plan_key_is_in_the_readme(key: str) -> None:
    """A key of the plan file is explained where people look first."""
    assert re.search(rf"\b{key}\b", README)


@pytest.mark.parametrize("status", [*(each.value for each in Exit), 129, 130, 143])
def test_every_exit_status_is_in_the_readme(status: int) -> None:
    """Scripts can rely on what is written."""
    assert re.search(rf"^\| {status}\b|\b{status}\b.*\|", README, re.MULTILINE)


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
def test_every_example_plan_of_the_readme_holds(example: str, tmp_path: Path) -> None:
    """An example can be copied and run."""
    (tmp_path / "example.yaml").write_text(example, "utf-8")
    assert load(tmp_path / "example.yaml").chains


@pytest.mark.parametrize("plan", sorted((ROOT / "plans").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_plan_that_is_shipped_holds(plan: Path) -> None:
    """The plans beside the package load without a problem and without a note."""
    loaded = load(plan)
    assert loaded.chains
    assert loaded.notes == ()

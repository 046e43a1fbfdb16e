"""Front doors: every name behind one is there, and nothing is loaded that nobody asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator import report
from orchestrator.doors import door

PACKAGE = Path(__file__).resolve().parents[1] / "orchestrator"
LAZY = sorted(path for path in PACKAGE.rglob("__init__.py") if "= door(" in path.read_text("utf-8"))


@pytest.mark.parametrize("path", LAZY, ids=lambda path: path.parent.name)
def test_what_a_door_says_to_the_type_checker_is_what_it_opens(path: Path) -> None:
    """The imports that mypy reads, the table that Python reads, and `__all__` name the same."""
    tree = ast.parse(path.read_text("utf-8"))
    package = ".".join(path.relative_to(PACKAGE.parent).parts[:-1])
    guarded = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    table = next(
        ast.literal_eval(node.value.args[1])
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    )
    assert guarded == {(f"{package}.{room}", name) for room, names in table.items() for name in names.split()}
    listed = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
    )
    eager = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert {name for _, name in guarded} <= set(listed) <= {name for _, name in guarded} | eager
    # Importing a module puts it into its package, in place of a name that is called like it.
    assert not {name for _, name in guarded} & {each.stem for each in path.parent.iterdir()}


def test_a_name_comes_from_its_room_once() -> None:
    """The first use imports it, later ones find it in the package itself; others are not there."""
    enter = door("orchestrator.report", {"amounts": "plural"})
    assert enter("plural") is report.plural
    assert vars(report)["plural"] is report.plural
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        enter("nothing")


def test_a_quick_command_loads_little() -> None:
    """`lineage path` of a journal that is not there reads no plan file, starts no loop and draws nothing."""
    heavy = {"pydantic", "yaml", "anyio", "networkx", "httpx", "rich", "PIL", "av", "starlette"}
    code = f"import sys, orchestrator.cli.reading; print(*({heavy!r} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.split() == []


def test_what_validate_prints_with_needs_no_planner() -> None:
    """What is wrong with a plan is said without loading what decides, and what keeps a journal."""
    code = "import sys; from orchestrator.report import json_text, plain, plural; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"orchestrator.planner", "orchestrator.store", "orchestrator.budget"} & set(
        found.stdout.split()
    )

"""The shape of the package: who may import whom, where libraries live, sizes, words, the root."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.readme_map import PARTS, mapped

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "orchestrator"

LAYERS = (
    {"errors", "doors"},
    {"plan", "checkup", "drift", "written"},
    {"identity", "watching", "resolved"},
    {"facts"},
    {"codec", "lineage", "shares"},
    {"budget"},
    {"planner"},
    {"ports"},
    {"media", "web", "vault"},
    {"planfile", "runner", "provider", "store", "sandbox", "report"},
    {"cluster"},
    {"cli"},
)
"""From the bottom up. Parts of one layer never import one another."""

CORE = {
    *(
        "errors",
        "plan",
        "written",
        "resolved",
        "checkup",
        "drift",
        "identity",
        "facts",
        "codec",
        "lineage",
        "watching",
        "shares",
    ),
    "budget",
    "planner",
}
"""Pure: told the time; no clock, disk, network or chance."""

IMPURE = {
    *("asyncio", "anyio", "trio", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"),
    *("subprocess", "sys", "tempfile", "threading", "time", "uuid", "urllib", "http"),
}

HOMES = {
    "av": {"media"},
    "PIL": {"media"},
    "c2pa": {"media"},
    "cryptography": {"media"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "obstore": {"vault"},
    "opentelemetry": {"cli"},
    "httpx": {"provider"},
    "httpcore": {"provider"},
    "yaml": {"planfile"},
    "pydantic": {"planfile"},
    "sqlite3": {"store", "sandbox"},
    "psycopg": {"store", "cluster"},
    "psycopg_pool": {"cluster"},
    "procrastinate": {"cluster"},
    "click": {"cli"},
    "rich": {"cli", "report"},
    "networkx": {"lineage"},
    "anyio": {"runner", "provider", "store", "sandbox", "web", "cluster", "cli"},
}

FORBIDDEN = {
    "manager",
    "helper",
    "util",
    "utils",
    "misc",
    "common",
    "handler",
    "wrapper",
    "job",
    "clip",
    "workflow",
}


THEIRS = {"fetch_job", "finish_job", "retry_job"}
"""Names that procrastinate gives to what a part of ours does in its stead."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The module or package right under `orchestrator` that a file belongs to."""
    inner = path.relative_to(PACKAGE).parts[0]
    return inner.removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere in the file, with its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, node.module or ""


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def rank(name: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if name in layer)


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_imports_point_downwards() -> None:
    """A part imports only parts of lower layers, so that the core never learns of the shell."""
    wrong = []
    for path in modules():
        here = part(path)
        if here in ("__init__", "__main__"):
            continue
        for line, name in imports(path):
            if not name.startswith("orchestrator."):
                continue
            there = name.split(".")[1]
            if there != here and rank(there) >= rank(here):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {here} imports {there}")
    assert not wrong


def test_packages_are_entered_by_their_front_door() -> None:
    """From outside, a package is one name; its modules can be moved without anybody noticing."""
    wrong = []
    for path in modules():
        for line, name in imports(path):
            pieces = name.split(".")
            if pieces[0] == "orchestrator" and len(pieces) > 2 and pieces[1] != part(path):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert not wrong


def test_every_library_has_one_home() -> None:
    """A library can be replaced by changing the one part that knows it."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules()
        for line, name in imports(path)
        if part(path) not in HOMES.get(name.split(".")[0], {part(path)})
    ]
    assert not wrong


def test_the_core_is_pure() -> None:
    """What decides can be tested as a table: it sees no clock, disk, network or chance."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules()
        if part(path) in CORE
        for line, name in imports(path)
        if name.split(".")[0] in IMPURE
    ]
    clocks = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.attr}"
        for path in modules()
        if part(path) in CORE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "open"}
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "io"}
    ]
    assert not wrong + clocks


def test_nobody_catches_everything() -> None:
    """An error is caught by name, where somebody can act on it."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and path != PACKAGE / "cli" / "__init__.py"
    ]
    assert not wrong


def test_functions_and_modules_stay_small() -> None:
    """No function above 60 lines, no module above 400: what is longer has two ideas."""
    long_functions = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in modules()
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno >= 60
    ]
    long_modules = [
        str(path.relative_to(ROOT)) for path in modules() if path.read_text("utf-8").count("\n") > 400
    ]
    assert not long_functions + long_modules


def test_every_module_begins_with_a_sentence() -> None:
    """Whoever opens a module reads first what it is for."""
    assert not [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(tree(path))]


def test_names_are_words_of_the_domain() -> None:
    """Names that say nothing, or something else here, are not used for anything."""
    wrong = []
    for path in modules():
        definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        names = [path.stem, *(node.name for node in ast.walk(tree(path)) if isinstance(node, definitions))]
        for name in names:
            words = set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
            if words & FORBIDDEN and name not in THEIRS:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong


def test_facts_are_past_and_frozen() -> None:
    """Facts are past participles, frozen and slotted: what happened does not change."""
    tenses = re.compile(r"(Began|Begun|Kept|Lost|Unclear|ed)$")
    written = [node for path in sorted((PACKAGE / "facts").glob("*.py")) for node in tree(path).body]
    assert len(written) > 20
    for node in written:
        if isinstance(node, ast.ClassDef) and node.decorator_list and node.name != "Recorded":
            assert tenses.search(node.name), node.name
            assert ast.unparse(node.decorator_list[0]) == "dataclass(frozen=True, slots=True)", node.name


def test_every_test_says_what_it_promises() -> None:
    """A test that fails tells in one sentence which promise is broken."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_the_root_is_the_owners_five() -> None:
    """The visible top level is exactly what the owner's card says."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    visible = {name.split("/")[0] for name in listed.stdout.splitlines() if not name.startswith(".")}
    assert visible <= {"pyproject.toml", "orchestrator", "plans", "tests", "README.md"}


def test_the_readme_maps_every_module() -> None:
    """The map names every module with the sentence it begins with: `python -m tests.readme_map` writes it."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == mapped(readme)
    assert {*PARTS, "__init__", "__main__", "py"} >= {path.stem for path in PACKAGE.iterdir()} - {
        "__pycache__"
    }

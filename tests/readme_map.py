"""Writes the README's map anew from the first sentence of every part and module.

python -m tests.readme_map
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "orchestrator"
PARTS = (
    *(
        "errors",
        "doors",
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
    ),
    *("shares", "budget", "planner"),
    *("ports", "media", "web", "vault", "planfile", "runner", "provider", "store", "sandbox", "report"),
    *("cluster", "cli"),
)
"""From the core outwards, as the imports go."""

_BEGIN, _END = "<!-- map -->\n", "<!-- end of map -->\n"


def sentence(path: Path) -> str:
    """What a module begins with."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def front(part: str) -> Path:
    """The module of that name, or the front door of the package."""
    module = PACKAGE / f"{part}.py"
    return module if module.exists() else PACKAGE / part / "__init__.py"


def lines() -> Iterator[str]:
    """The map: a row a part, then every module of every package."""
    yield "| part | what it is |"
    yield "|---|---|"
    for part in PARTS:
        name = f"{part}/" if front(part).name == "__init__.py" else f"{part}.py"
        yield f"| `{name}` | {sentence(front(part))} |"
    yield ""
    yield "<details><summary>Every module</summary>"
    for part in PARTS:
        if front(part).name != "__init__.py":
            continue
        yield ""
        for path in sorted((PACKAGE / part).rglob("*.py")):
            if path.name != "__init__.py" or path.parent != PACKAGE / part:
                yield f"* `{path.relative_to(PACKAGE)}` — {sentence(path)}"
    yield ""
    yield "</details>"


def mapped(readme: str) -> str:
    """The README with its map as it should be."""
    before, rest = readme.split(_BEGIN)
    return before + _BEGIN + "\n".join(lines()) + "\n" + _END + rest.split(_END)[1]


if __name__ == "__main__":
    page = ROOT / "README.md"
    page.write_text(mapped(page.read_text("utf-8")), "utf-8")

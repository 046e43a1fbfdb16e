"""Puts the page together from its hand-written files: one file for the disk, or parts for the server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from orchestrator.media import FONT

FRONT: Final = Path(__file__).with_name("front")
MODULES: Final = (
    "making",
    "wording",
    "search",
    "model",
    "pictures",
    "drift",
    "stage",
    "details",
    "keys",
    "main",
)
"""The scripts, each after those it imports."""

_LATER: Final = frozenset({
    *("negative", "cfg", "model", "mode", "account", "task", "request", "took", "video", "expires", "bytes"),
    *("pixels", "gone", "tries", "cost", "frame", "before", "also", "plans"),
})  # fmt: skip
"""What a node's box is not drawn from."""

LIVE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing comes from elsewhere, and no script or style stands in the page itself."""

_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23c2412d' "
    "stroke-width='2.4' stroke-linecap='round'><path d='M4 6h9a4 4 0 0 1 4 4v4a4 4 0 0 0 4 4M4 6h17'/></svg>"
)
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_FACE = (
    '@font-face {{ font-family: "Page Chinese"; src: url({source}) format("woff2"); font-display: swap; }}\n'
)


def live_page(contents: Mapping[str, Any]) -> str:
    """The page as the server shows it; its policy is a header, its scripts and styles are files beside it."""
    return _filled(
        live="yes",
        policy="",
        styles='<link rel="stylesheet" href="front/style.css">',
        script='<script type="module" src="front/main.js"></script>',
        contents=embedded(contents),
        rest="[]",
        pictures="{}",
        font="",
    )


def single_page(contents: Mapping[str, Any], pictures: Mapping[str, Mapping[str, str]]) -> str:
    """The page as one file: everything but the films is in it, in the order in which it is wanted.

    The first picture is drawn from what stands above the script, while the browser still reads the rest: what
    only the panel and the search ask for, `pictures` (data URIs by take and kind of still), and our Chinese
    font, which is in it only where something Chinese is to be shown: it weighs more than all the rest.
    """
    first, rest = _parted(contents)
    data, more = embedded(first), embedded(rest)
    styles, script = style_sheet(None), bundled()
    face = _face(_data_uri(FONT, "font/woff2")) if _CHINESE.search(data + more) else ""
    policy = _policy(script, *filter(None, (styles, face)))
    return _filled(
        live="no",
        policy=f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        styles=f"<style>{styles}</style>",
        script=f"<script>{script}</script>",
        contents=data,
        rest=more,
        pictures=embedded(pictures),
        font=f'<style id="font">{face}</style>' if face else "",
    )


def _parted(contents: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The contents with what boxes are drawn from, and the rest of each node."""
    nodes: list[dict[str, Any]] = contents["nodes"]
    drawn = [{name: value for name, value in node.items() if name not in _LATER} for node in nodes]
    rest = [{name: value for name, value in node.items() if name in _LATER} for node in nodes]
    return {**contents, "nodes": drawn}, rest


def style_sheet(font: str | None) -> str:
    """The styles, with our Chinese font from that address."""
    return ("" if font is None else _face(font)) + (FRONT / "style.css").read_text("utf-8")


def _face(source: str) -> str:
    return _FACE.format(source=source)


def embedded(value: object) -> str:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.encode("utf-8", "replace").decode()


def bundled() -> str:
    """All modules in one script, each in a scope of its own, as an import would give it.

    No module itself: those wait until the whole page is read.
    """
    return '"use strict";\n' + "\n".join(
        _scoped(name, (FRONT / f"{name}.js").read_text("utf-8")) for name in MODULES
    )


def _scoped(name: str, text: str) -> str:
    exports = _EXPORT.findall(text)
    text = _IMPORT.sub(lambda found: f"const {found[1]} = {found[2]}_js;", _EXPORT.sub("", text))
    return f"const {name}_js = (() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _policy(script: str, *styles: str) -> str:
    hashes = " ".join(map(_hash, styles))
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {hashes}; img-src data:; "
        "media-src 'self' file:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data_uri(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _filled(**parts: str) -> str:
    parts["icon"] = f"data:image/svg+xml,{_ICON}".replace("<", "%3C").replace(">", "%3E")
    page = (FRONT / "index.html").read_text("utf-8")
    return _PLACE.sub(lambda found: parts[found[1]], page)

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
        pictures="{}",
    )


def single_page(contents: Mapping[str, Any], pictures: Mapping[str, Mapping[str, str]]) -> str:
    """The page as one file: everything but the films is in it.

    `pictures` are data URIs by take and kind of still. Our Chinese font is in it only where something
    Chinese is to be shown: it weighs more than all the rest.
    """
    data = embedded(contents)
    chinese = _CHINESE.search(data) is not None
    styles = style_sheet(_data_uri(FONT, "font/woff2") if chinese else None)
    script = bundled()
    return _filled(
        live="no",
        policy=f'<meta http-equiv="Content-Security-Policy" content="{_policy(script, styles)}">',
        styles=f"<style>{styles}</style>",
        script=f'<script type="module">{script}</script>',
        contents=data,
        pictures=embedded(pictures),
    )


def style_sheet(font: str | None) -> str:
    """The styles, with our Chinese font from that address."""
    face = "" if font is None else _FACE.format(source=font)
    return face + (FRONT / "style.css").read_text("utf-8")


def embedded(value: object) -> str:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.encode("utf-8", "replace").decode()


def bundled() -> str:
    """All modules in one script, each in a scope of its own, as an import would give it."""
    return "\n".join(_scoped(name, (FRONT / f"{name}.js").read_text("utf-8")) for name in MODULES)


def _scoped(name: str, text: str) -> str:
    exports = _EXPORT.findall(text)
    text = _IMPORT.sub(lambda found: f"const {found[1]} = {found[2]}_js;", _EXPORT.sub("", text))
    return f"const {name}_js = (() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _policy(script: str, styles: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(styles)}; img-src data:; "
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

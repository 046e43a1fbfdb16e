"""Which request means what: a pure function of method and path, for either character."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestrator.sandbox.rules import KINDS, NO_ROUTE, WRONG_METHOD, Character, Kind, Refusal

_PREFIX = "/kling"
_VIDEOS = "/v1/videos/"
_BY_NAME: dict[str, Kind] = {kind: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about tasks, or a submission; `task` is set for `query` only."""

    action: Literal["submit", "query", "list"]
    kind: Kind
    task: str = ""


@dataclass(frozen=True, slots=True)
class Costs:
    """GET /account/costs."""


@dataclass(frozen=True, slots=True)
class Inside:
    """GET /sandbox/…: what a test wants to see and the real API would not show."""

    page: Literal["payments", "leaks"]


@dataclass(frozen=True, slots=True)
class Unoffered:
    """A route this gateway does not have: it answers with its web page and status 200."""


Route = Ask | Costs | Inside | Unoffered


def resolve(method: str, path: str, character: Character, *, offers_list: bool) -> Route | Refusal:
    """The route of a request; a wrong method is 404/1202 and everything unknown 404/1203."""
    fixed = _fixed(path, character)
    if fixed is not None:
        return fixed if method == "GET" else WRONG_METHOD
    prefix = _PREFIX if character == "strict" else ""
    if not path.startswith(prefix + _VIDEOS):
        return NO_ROUTE
    name, *rest = path.removeprefix(prefix + _VIDEOS).split("/")
    kind = _BY_NAME.get(name)
    if kind is None or len(rest) > 1 or rest == [""]:
        return NO_ROUTE
    if rest:
        return Ask("query", kind, rest[0]) if method == "GET" else WRONG_METHOD
    if method == "POST":
        return Ask("submit", kind)
    if method != "GET":
        return WRONG_METHOD
    return Ask("list", kind) if offers_list else Unoffered()


def _fixed(path: str, character: Character) -> Route | None:
    if path == "/account/costs" or (character == "strict" and path == f"{_PREFIX}/account/costs"):
        return Costs()
    if path == "/sandbox/payments":
        return Inside("payments")
    return Inside("leaks") if path == "/sandbox/leaks" else None

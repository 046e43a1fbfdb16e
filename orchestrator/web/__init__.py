"""The home of starlette and uvicorn: requests, responses and a server, loaded when first asked for.

Importing this package loads neither library, so that a command that serves nothing does not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from orchestrator.web.answers import Answer, Body, Event, Events, FileBody
from orchestrator.web.dropping import DroppedError
from orchestrator.web.hosts import is_loopback, own_names
from orchestrator.web.listening import ListenError, listen

if TYPE_CHECKING:
    from orchestrator.web.http import ClientGoneError as ClientGoneError
    from orchestrator.web.http import Receive as Receive
    from orchestrator.web.http import Request as Request
    from orchestrator.web.http import Scope as Scope
    from orchestrator.web.http import Send as Send
    from orchestrator.web.http import read_body as read_body
    from orchestrator.web.posts import LetterBox as LetterBox
    from orchestrator.web.server import serve as serve
    from orchestrator.web.server import serving as serving
    from orchestrator.web.site import Site as Site
    from orchestrator.web.site import Workbench as Workbench

_HOMES = {
    "ClientGoneError": "orchestrator.web.http",
    "LetterBox": "orchestrator.web.posts",
    "Receive": "orchestrator.web.http",
    "Request": "orchestrator.web.http",
    "Scope": "orchestrator.web.http",
    "Send": "orchestrator.web.http",
    "Site": "orchestrator.web.site",
    "Workbench": "orchestrator.web.site",
    "read_body": "orchestrator.web.http",
    "serve": "orchestrator.web.server",
    "serving": "orchestrator.web.server",
}

__all__ = [
    "Answer",
    "Body",
    "ClientGoneError",
    "DroppedError",
    "Event",
    "Events",
    "FileBody",
    "LetterBox",
    "ListenError",
    "Receive",
    "Request",
    "Scope",
    "Send",
    "Site",
    "Workbench",
    "is_loopback",
    "listen",
    "own_names",
    "read_body",
    "serve",
    "serving",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

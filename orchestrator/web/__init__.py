"""The home of starlette and uvicorn: requests, responses and a server, loaded when first asked for.

Importing this package loads neither library, so that a command that serves nothing does not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from orchestrator.web.dropping import DroppedError
from orchestrator.web.listening import ListenError, listen

if TYPE_CHECKING:
    from orchestrator.web.http import ClientGoneError as ClientGoneError
    from orchestrator.web.http import Receive as Receive
    from orchestrator.web.http import Request as Request
    from orchestrator.web.http import Scope as Scope
    from orchestrator.web.http import Send as Send
    from orchestrator.web.http import read_body as read_body
    from orchestrator.web.server import serve as serve

_HOMES = {
    "ClientGoneError": "orchestrator.web.http",
    "Receive": "orchestrator.web.http",
    "Request": "orchestrator.web.http",
    "Scope": "orchestrator.web.http",
    "Send": "orchestrator.web.http",
    "read_body": "orchestrator.web.http",
    "serve": "orchestrator.web.server",
}

__all__ = [
    "ClientGoneError",
    "DroppedError",
    "ListenError",
    "Receive",
    "Request",
    "Scope",
    "Send",
    "listen",
    "read_body",
    "serve",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

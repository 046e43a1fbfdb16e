"""The one seam where httpx's errors become ours: what each means for a submission and for a question."""

from __future__ import annotations

import httpx

from orchestrator.errors import OrchestratorError, ProviderError, UnreachableError
from orchestrator.facts import Reason
from orchestrator.ports import Declined, Unclear
from orchestrator.provider.auth import Key
from orchestrator.provider.fields import line

CAUGHT = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, OSError)
"""Everything the client raises for the network's sake; OSError for TLS errors that pass through unmapped."""

_NEVER_SENT: dict[type[Exception], tuple[Reason, str]] = {
    httpx.ConnectError: (Reason.UNREACHABLE, "no connection"),
    httpx.ConnectTimeout: (Reason.UNREACHABLE, "no connection in time"),
    httpx.PoolTimeout: (Reason.UNREACHABLE, "no free connection in time"),
    httpx.ProxyError: (Reason.UNREACHABLE, "the proxy refuses"),
    httpx.UnsupportedProtocol: (Reason.REFUSED, "no such protocol: check the base URL"),
    httpx.InvalidURL: (Reason.REFUSED, "no usable URL: check the base URL"),
}
"""Errors after which surely no byte of a request has left (protocol page, §5)."""

_OUR_SIDE = (
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
    httpx.DecodingError,
    httpx.StreamError,
    httpx.CookieConflict,
    httpx.HTTPStatusError,
)
"""Errors that asking again does not cure."""


def lost(error: Exception, began: bool, left: bool, key: Key) -> Declined | Unclear:
    """What an error makes of a submission; `began`: sending had begun, `left`: its headers were out."""
    words = _words(error, key)
    for kind, (reason, means) in _NEVER_SENT.items():
        if isinstance(error, kind):
            return Declined(reason, kind.__name__, f"{means}: nothing was sent ({words})")
    if isinstance(error, httpx.LocalProtocolError) and not left:
        return Declined(
            Reason.REFUSED, "LocalProtocolError", "the request cannot be written: nothing was sent"
        )
    if not began:
        return Declined(Reason.UNREACHABLE, type(error).__name__, f"nothing was sent ({words})")
    return Unclear(f"the connection was lost after sending ({words}): the task may have been made")


def unanswered(error: Exception, what: str, key: Key | None = None) -> OrchestratorError:
    """What an error makes of a question; raise it `from` the error."""
    words = f"{what} cannot be had: {_words(error, key)}"
    return ProviderError(words) if isinstance(error, _OUR_SIDE) else UnreachableError(words)


def _words(error: Exception, key: Key | None) -> str:
    name = type(error).__name__
    # The text of a protocol error may hold a header, and that of a bad URL the whole of it.
    if isinstance(error, httpx.LocalProtocolError | httpx.InvalidURL):
        return name
    told = line(str(error))
    told = key.conceal(told) if key else told
    return f"{name}: {told}" if told else name

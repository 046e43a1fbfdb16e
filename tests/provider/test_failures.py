"""The seam: every error that httpx can raise becomes one of our outcomes or errors."""

from __future__ import annotations

import inspect
import ssl

import httpx
import pytest

from orchestrator.errors import ProviderError, UnreachableError
from orchestrator.facts import Reason
from orchestrator.ports import Declined, Unclear
from orchestrator.provider.auth import ApiKey
from orchestrator.provider.failures import CAUGHT, lost, unanswered
from tests.provider.wire import KEY

API_KEY = ApiKey(KEY)
SURELY_UNSENT = {
    "ConnectError": Reason.UNREACHABLE,
    "ConnectTimeout": Reason.UNREACHABLE,
    "PoolTimeout": Reason.UNREACHABLE,
    "ProxyError": Reason.UNREACHABLE,
    "UnsupportedProtocol": Reason.REFUSED,
    "InvalidURL": Reason.REFUSED,
    "LocalProtocolError": Reason.REFUSED,
}
PASSING = {
    *("HTTPError", "RequestError", "TransportError", "TimeoutException", "ConnectTimeout", "ReadTimeout"),
    *("WriteTimeout", "PoolTimeout", "NetworkError", "ConnectError", "ReadError", "WriteError", "CloseError"),
    *("ProxyError", "ProtocolError", "RemoteProtocolError", "SSLError", "OSError"),
}


def made(kind: type[Exception]) -> Exception:
    """An instance, whatever its constructor wants."""
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", "https://x.example")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    wants_words = kind in BUILTIN or "message" in inspect.signature(kind).parameters
    return kind("x") if wants_words else kind()


BUILTIN = (OSError, ssl.SSLError)
EXPORTED = [each for each in vars(httpx).values() if inspect.isclass(each) and issubclass(each, Exception)]
ALL = [made(kind) for kind in (*EXPORTED, *BUILTIN)]


def name(error: Exception) -> str:
    return type(error).__name__


def test_the_list_is_complete() -> None:
    """Whatever httpx exports as an exception is caught at the seam, in this version and the next."""
    assert len(EXPORTED) > 25
    assert not [error for error in ALL if not isinstance(error, CAUGHT)]


@pytest.mark.parametrize("error", ALL, ids=name)
@pytest.mark.parametrize("began", [False, True])
def test_an_error_of_a_submission_is_an_outcome(error: Exception, began: bool) -> None:
    """After sending began, only what surely never left is declined; the rest may have been paid for."""
    found = lost(error, began, left=False, key=API_KEY)
    if name(error) in SURELY_UNSENT:
        assert isinstance(found, Declined)
        assert found.reason is SURELY_UNSENT[name(error)]
    elif began:
        assert isinstance(found, Unclear)
    else:
        assert isinstance(found, Declined)
        assert found.reason is Reason.UNREACHABLE


def test_a_protocol_error_after_the_headers_left_is_unclear() -> None:
    """Once the request is out, not even our own mistake makes it unsent."""
    assert isinstance(lost(httpx.LocalProtocolError("x"), True, left=True, key=API_KEY), Unclear)


@pytest.mark.parametrize("error", ALL, ids=name)
def test_an_error_of_a_question_says_whether_asking_again_helps(error: Exception) -> None:
    """What passes with time is unreachable, what does not is the provider's or ours to mend."""
    found = unanswered(error, "it", API_KEY)
    assert type(found) is (UnreachableError if name(error) in PASSING else ProviderError)


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.LocalProtocolError, httpx.ReadError])
def test_no_error_text_shows_the_key(kind: type[httpx.TransportError]) -> None:
    """An error that quotes the request does not spread its Authorization header."""
    error = kind(f"Illegal header value b'Bearer {KEY}'")
    for began in (False, True):
        assert KEY not in repr(lost(error, began, began, API_KEY))
    assert KEY not in str(unanswered(error, "it", API_KEY))

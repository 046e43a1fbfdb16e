"""Who is let in: keys, and JWTs at the vendor's own host."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.sandbox.credentials import Credentials

NOW = 1_790_000_000
DOOR = Credentials(access_key="ak", secret_key="sk")


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(secret: str = "sk", alg: str = "HS256", **claims: Any) -> str:
    body = {"iss": "ak", "exp": NOW + 1800, "nbf": NOW - 5} | claims
    signed = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(body)}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


TOKENS = {
    "good": (token(), None),
    "signed with another secret": (token("other"), 1000),
    "of another account": (token(iss="someone"), 1002),
    "not valid yet": (token(nbf=NOW + 60), 1003),
    "expired": (token(exp=NOW), 1004),
    "without an end": (token(exp=None), 1002),
    "of another algorithm": (token(alg="none"), 1002),
    "of two parts": ("a.b", 1002),
    "of nonsense": ("a.b.c", 1002),
    "empty": ("", 1001),
}


@pytest.mark.parametrize("case", TOKENS)
def test_tokens(case: str) -> None:
    """Each way a JWT can be wrong has the vendor's own code, always with 401."""
    text, code = TOKENS[case]
    objection = DOOR.objection(f"Bearer {text}", NOW * 1000)
    assert (objection.code if objection else None) == code
    assert objection is None or objection.http == 401


def test_without_a_key_any_bearer_will_do() -> None:
    """A sandbox without a key lets every client in that shows any key at all."""
    assert Credentials().objection("Bearer sk-anything", 0) is None
    objection = Credentials().objection(None, 0)
    assert objection is not None
    assert objection.code == 1001


def test_a_key_beside_the_pair() -> None:
    """An API key and JWTs can be used side by side, as at the vendor's."""
    both = Credentials(key="api-key", access_key="ak", secret_key="sk")
    assert both.objection("Bearer api-key", 0) is None
    assert both.objection(f"Bearer {token()}", NOW * 1000) is None


@given(st.text(max_size=60))
def test_no_header_breaks_it(text: str) -> None:
    """Whatever stands in the header is either refused or, never here, accepted."""
    assert DOOR.objection(text, NOW * 1000) is not None

"""Keys are found, signed and never shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from orchestrator.errors import CredentialsError
from orchestrator.plan import ProviderSettings
from orchestrator.provider.auth import SignedKey, key_for, signed
from tests.provider.wire import KEY, NOW, StandingClock

KLING = ProviderSettings(name="kling")
PAIR = {"KLING_ACCESS_KEY": "access-key-0001", "KLING_SECRET_KEY": "secret-key-0001"}

# Computed by hand: printf '%s' "$head.$claims" | openssl dgst -sha256 -hmac secret-key-0001 -binary | base64
VECTOR = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJpc3MiOiJhY2Nlc3Mta2V5LTAwMDEiLCJleHAiOjE3MDAwMDE4MDAsIm5iZiI6MTY5OTk5OTk5NX0"
    ".Gflp9bpf3f7E3DAQbh2hCGQb4xBiVwpVDo4Ds2NKgCM"
)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_token_is_that_of_the_documentation() -> None:
    """Header, claims and signature are what the vendor checks, byte for byte."""
    token = signed("access-key-0001", "secret-key-0001", 1_700_000_000)
    assert token == VECTOR
    head, claims, proof = token.split(".")
    assert json.loads(decoded(head)) == {"alg": "HS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "iss": "access-key-0001",
        "exp": 1_700_001_800,
        "nbf": 1_699_999_995,
    }
    assert decoded(proof) == hmac.digest(b"secret-key-0001", f"{head}.{claims}".encode(), hashlib.sha256)


def test_a_token_is_signed_afresh_five_minutes_before_its_end() -> None:
    """A chain outlives its tokens by hours without one refused question."""
    clock = StandingClock()
    key = key_for(KLING, PAIR, clock)
    first = key.bearer()
    clock.at = NOW + timedelta(seconds=1499)
    assert key.bearer() == first
    clock.at = NOW + timedelta(seconds=1500)
    assert key.bearer() != first


def test_a_refused_token_is_signed_afresh_once() -> None:
    """A wrong secret is not asked about for ever, and a slow answer about an old token costs nothing."""
    clock = StandingClock()
    key = SignedKey("access-key-0001", "secret-key-0001", clock)
    old = key.bearer()
    clock.at += timedelta(seconds=1)
    assert key.renew(old)
    fresh = key.bearer()
    assert fresh != old
    assert key.renew(old)
    assert key.bearer() == fresh
    assert not key.renew(fresh)
    clock.at += timedelta(seconds=1600)
    assert key.renew(key.bearer())


def test_an_api_key_cannot_be_renewed() -> None:
    """The same key is not sent twice in the hope of another answer."""
    key = key_for(ProviderSettings(), {"DMXAPI_API_KEY": KEY}, StandingClock())
    assert not key.renew(key.bearer())


FOUND = {
    "gateway": (ProviderSettings(), {"DMXAPI_API_KEY": f" {KEY}\n"}, KEY),
    "vendor's key": (KLING, {"KLING_API_KEY": KEY}, KEY),
    "vendor's key beats the pair": (KLING, {**PAIR, "KLING_API_KEY": KEY}, KEY),
    "sandbox": (ProviderSettings(name="sandbox"), {}, "sandbox"),
}


@pytest.mark.parametrize(("settings", "environ", "bearer"), FOUND.values(), ids=FOUND)
def test_keys_come_from_the_environment(
    settings: ProviderSettings, environ: dict[str, str], bearer: str
) -> None:
    """Each provider has its own variables, and white space around a pasted key does no harm."""
    assert key_for(settings, environ, StandingClock()).bearer() == bearer


LACKING = {
    "gateway": (ProviderSettings(), {}, "DMXAPI_API_KEY"),
    "gateway, blank": (ProviderSettings(), {"DMXAPI_API_KEY": "  "}, "DMXAPI_API_KEY"),
    "vendor": (KLING, {}, "KLING_API_KEY"),
    "another's key": (KLING, {"DMXAPI_API_KEY": KEY}, "KLING_API_KEY"),
    "half a pair": (KLING, {"KLING_ACCESS_KEY": "a"}, "KLING_SECRET_KEY"),
    "the other half": (KLING, {"KLING_SECRET_KEY": "a"}, "KLING_ACCESS_KEY"),
    "spaces inside": (ProviderSettings(), {"DMXAPI_API_KEY": f"{KEY} x"}, "DMXAPI_API_KEY"),
    "a line inside": (ProviderSettings(), {"DMXAPI_API_KEY": f"{KEY}\r\nX-A: b"}, "DMXAPI_API_KEY"),
    "not ascii": (ProviderSettings(), {"DMXAPI_API_KEY": f"{KEY}。"}, "DMXAPI_API_KEY"),
}


@pytest.mark.parametrize(("settings", "environ", "named"), LACKING.values(), ids=LACKING)
def test_a_missing_or_broken_key_names_its_variable(
    settings: ProviderSettings, environ: dict[str, str], named: str
) -> None:
    """The operator learns which variable to set, and the terminal nothing of the key."""
    with pytest.raises(CredentialsError, match=named) as caught:
        key_for(settings, environ, StandingClock())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("environ", [PAIR, {"KLING_API_KEY": KEY}])
def test_keys_are_never_shown(environ: dict[str, str]) -> None:
    """Neither a repr, nor a text that repeats what was sent, holds any part of them."""
    key = key_for(KLING, environ, StandingClock())
    secrets = [*environ.values(), key.bearer()]
    shown = f"{key!r} {key} {key.conceal(' '.join(secrets))}"
    assert not any(secret in shown for secret in secrets)


def test_the_sandboxs_word_is_no_secret() -> None:
    """An answer that speaks of the sandbox is kept as it is."""
    key = key_for(ProviderSettings(name="sandbox"), {}, StandingClock())
    assert key.conceal("the sandbox says") == "the sandbox says"

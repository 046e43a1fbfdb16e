"""Keys: where they come from, how they are sent, and that they are never shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Protocol

from orchestrator.errors import CredentialsError
from orchestrator.plan import ProviderSettings
from orchestrator.ports import Clock

LIFETIME = 1800
"""Seconds a signed token is valid (protocol page, §1)."""

EARLY = 300
"""Seconds before its end at which a token is signed afresh: a chain outlives it by hours."""

_SKEW = 5
_HIDDEN = "***"


class Key(Protocol):
    """What proves to the provider who asks."""

    def bearer(self) -> str:
        """What follows `Bearer` in the Authorization header, valid now."""
        ...

    def renew(self, used: str) -> bool:
        """Sign afresh because `used` was refused; False when that was tried, or cannot help."""
        ...

    def conceal(self, text: str) -> str:
        """The text without any secret: answers and errors may repeat what they were sent."""
        ...


class ApiKey:
    """A key that is sent as it is."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def bearer(self) -> str:
        """The key."""
        return self._secret

    def renew(self, used: str) -> bool:
        """Only when another key is sent by now, which never is."""
        return used != self._secret

    def conceal(self, text: str) -> str:
        """The text without the key."""
        return _without(text, self._secret)


class SignedKey:
    """An access key and the secret key that signs short-lived tokens (JWT, HS256) for it."""

    __slots__ = ("_access", "_clock", "_expires", "_forced", "_secret", "_token")

    def __init__(self, access: str, secret: str, clock: Clock) -> None:
        self._access, self._secret, self._clock = access, secret, clock
        self._token, self._expires, self._forced = "", 0.0, False

    def __repr__(self) -> str:
        return "SignedKey(***)"

    def bearer(self) -> str:
        """A token valid for five minutes at least."""
        if self._clock.now().timestamp() >= self._expires - EARLY:
            self._sign(forced=False)
        return self._token

    def renew(self, used: str) -> bool:
        """True when there is, or now is, another token than the one refused; only once in a row."""
        if used != self._token:
            return True
        if self._forced:
            return False
        self._sign(forced=True)
        return True

    def conceal(self, text: str) -> str:
        """The text without the keys and the token."""
        for secret in (self._token, self._secret, self._access):
            text = _without(text, secret)
        return text

    def _sign(self, forced: bool) -> None:
        now = int(self._clock.now().timestamp())
        self._token = signed(self._access, self._secret, now)
        self._expires, self._forced = now + LIFETIME, forced


def signed(access: str, secret: str, now: int) -> str:
    """The token of the protocol page, §1, for a Unix time in seconds."""
    algorithm: dict[str, object] = {"alg": "HS256", "typ": "JWT"}
    claims: dict[str, object] = {"iss": access, "exp": now + LIFETIME, "nbf": now - _SKEW}
    head = ".".join(_base64(_compact(part)) for part in (algorithm, claims))
    proof = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{_base64(proof)}"


def key_for(settings: ProviderSettings, environ: Mapping[str, str], clock: Clock) -> Key:
    """The key of this provider from the environment; CredentialsError says which variable is missing.

    dmxapi: DMXAPI_API_KEY. kling: KLING_API_KEY, else KLING_ACCESS_KEY with KLING_SECRET_KEY. The sandbox
    needs none.
    """
    match settings.name:
        case "sandbox":
            return ApiKey("sandbox")
        case "dmxapi":
            return ApiKey(_required(environ, "DMXAPI_API_KEY"))
        case "kling":
            return _kling(environ, clock)


def key_variables(settings: ProviderSettings, environ: Mapping[str, str]) -> str:
    """The variables, for a person, that `key_for` takes the key from."""
    match settings.name:
        case "sandbox":
            return "none is needed"
        case "dmxapi":
            return "DMXAPI_API_KEY"
        case "kling":
            one = _read(environ, "KLING_API_KEY") is not None
            return "KLING_API_KEY" if one else "KLING_ACCESS_KEY and KLING_SECRET_KEY"


def _kling(environ: Mapping[str, str], clock: Clock) -> Key:
    if (key := _read(environ, "KLING_API_KEY")) is not None:
        return ApiKey(key)
    if not {"KLING_ACCESS_KEY", "KLING_SECRET_KEY"} & environ.keys():
        raise CredentialsError(
            "no key: set KLING_API_KEY, or KLING_ACCESS_KEY and KLING_SECRET_KEY, in the environment"
        )
    return SignedKey(_required(environ, "KLING_ACCESS_KEY"), _required(environ, "KLING_SECRET_KEY"), clock)


def _required(environ: Mapping[str, str], name: str) -> str:
    key = _read(environ, name)
    if key is None:
        raise CredentialsError(f"no key: set {name} in the environment")
    return key


def _read(environ: Mapping[str, str], name: str) -> str | None:
    key = environ.get(name, "").strip()
    if key and not all("!" <= each <= "~" for each in key):
        # Not even a part of it is repeated: it may be the right key with something pasted after it.
        raise CredentialsError(f"{name} holds spaces, control or non-ASCII characters: paste the key again")
    return key or None


def _without(text: str, secret: str) -> str:
    # The sandbox's word is no secret, and a short one would tear holes into ordinary text.
    return text.replace(secret, _HIDDEN) if len(secret) >= 8 else text


def _compact(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")

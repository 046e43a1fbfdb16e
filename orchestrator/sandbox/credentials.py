"""Who may ask: a bearer key, or at the vendor's own host a JWT signed with the account's secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from orchestrator.sandbox.rules import EMPTY_CREDENTIALS, Refusal, bad_credentials

_NO_SUCH_KEY = bad_credentials(1002, "access key not found")
_MALFORMED = bad_credentials(1002, "Authorization is invalid")
_BAD_SIGNATURE = bad_credentials(1000, "signature is invalid")
_NOT_YET = bad_credentials(1003, "Authorization is not valid yet")
_EXPIRED = bad_credentials(1004, "Authorization has expired")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is accepted: `key` itself, or a JWT of `access_key` signed with `secret_key`.

    With none of them set every non-empty bearer is let in, so that a client can be tried without a key.
    """

    key: str = ""
    access_key: str = ""
    secret_key: str = ""

    def objection(self, authorization: str | None, now: int) -> Refusal | None:
        """Why this Authorization header does not open the door, or None."""
        token = (authorization or "").strip()
        # Gateways of this family take the bare key as well, and some clients send it so.
        if token[:7].lower() == "bearer " or token.lower() == "bearer":
            token = token[7:].strip()
        if not token:
            return EMPTY_CREDENTIALS
        if self.key and hmac.compare_digest(token.encode("utf-8", "replace"), self.key.encode()):
            return None
        if self.access_key:
            return self._jwt_objection(token, now)
        return _NO_SUCH_KEY if self.key else None

    def _jwt_objection(self, token: str, now: int) -> Refusal | None:
        parts = token.split(".")
        if len(parts) != 3:
            return _MALFORMED
        header, claims, signature = _decoded(parts[0]), _decoded(parts[1]), _unpadded(parts[2])
        if header is None or claims is None or signature is None or header.get("alg") != "HS256":
            return _MALFORMED
        if claims.get("iss") != self.access_key:
            return _NO_SUCH_KEY
        signed = f"{parts[0]}.{parts[1]}".encode()
        expected = hmac.new(self.secret_key.encode(), signed, hashlib.sha256).digest()
        if not hmac.compare_digest(expected, signature):
            return _BAD_SIGNATURE
        return _time_objection(claims.get("nbf"), claims.get("exp"), now / 1000)


def _time_objection(nbf: object, exp: object, now: float) -> Refusal | None:
    if not isinstance(exp, int | float):
        return _MALFORMED
    if isinstance(nbf, int | float) and nbf > now:
        return _NOT_YET
    return _EXPIRED if exp <= now else None


def _unpadded(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def _decoded(text: str) -> dict[str, object] | None:
    raw = _unpadded(text)
    if raw is None:
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

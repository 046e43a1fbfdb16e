"""What is posted to a callback address: whether the provider signed it, and which task has ended."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.errors import CredentialsError
from orchestrator.ports import Clock
from orchestrator.provider.fields import identifier, mapping

SECRET = "ORCHESTRATE_CALLBACK_SECRET"  # noqa: S105 - the name of the variable that holds it
TOLERANCE = timedelta(minutes=5)
"""How far a time stamp may be from our clock (protocol page, §7)."""

_DEPTH = 4
_UNDER_WAY = frozenset({"submitted", "processing", "queued", "in_progress", "not_start"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What a notice comes to: the HTTP status it is answered with, the task that may have ended.

    `refused` says why nothing was believed, for whoever set this up; the sender learns the status only.
    """

    status: int
    task_id: str | None = None
    refused: str | None = None


class Notices:
    """Judges notices; one that is signed counts once, whoever sends it again (Standard Webhooks).

    Nothing is taken from a notice but that it is worth asking after a task: the answer to our own
    question is the truth. So without a secret too, a forged one changes nothing.
    """

    def __init__(self, secret: bytes | None, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._seen: dict[str, datetime] = {}

    def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """What this notice comes to; never raises."""
        if self._secret is not None:
            now = self._clock.now()
            refused = _distrust(self._secret, headers, body, now)
            if refused is not None:
                return Heard(401, refused=refused)
            if self._again(headers["webhook-id"], now):
                return Heard(204)
        try:
            said = json.loads(body)
        # Too deep a nesting ends in a RecursionError, a number of 5,000 digits in a ValueError.
        except (ValueError, RecursionError):
            return Heard(400, refused="it is not JSON")
        return Heard(204, _ended(said))

    def _again(self, name: str, now: datetime) -> bool:
        """It came before; what is too old to be signed still is forgotten."""
        for old in [each for each, until in self._seen.items() if until < now]:
            del self._seen[old]
        return self._seen.setdefault(name, now + 2 * TOLERANCE) != now + 2 * TOLERANCE


def secret_of(environ: Mapping[str, str], variable: str = SECRET) -> bytes | None:
    """The key that signs messages, None where none is set; CredentialsError, without it, when it is none."""
    text = environ.get(variable, "").strip()
    if not text:
        return None
    wrong = f"{variable} is no webhook secret: copy it whole, whsec_ and base64, from where it was made"
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CredentialsError(wrong) from error
    if not secret:
        raise CredentialsError(wrong)
    return secret


def signature(secret: bytes, name: str, stamp: str, body: bytes) -> str:
    """The one signature of a message, as its header writes it."""
    signed = hmac.new(secret, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _distrust(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Why a message is not to be believed."""
    name, stamp, signatures = (
        headers.get(f"webhook-{each}", "") for each in ("id", "timestamp", "signature")
    )
    if not (name and stamp and signatures):
        return "it is not signed"
    if not re.fullmatch(r"[0-9]{1,12}", stamp):
        return "its time stamp is none"
    expected = signature(secret, name, stamp, body).encode()
    if not any(hmac.compare_digest(each.encode(), expected) for each in signatures.split()):
        return "its signature is not made with our secret"
    off = int(stamp) - now.timestamp()
    if abs(off) > TOLERANCE.total_seconds():
        when = "after" if off > 0 else "before"
        return f"it was signed more than 5 minutes {when} now, by our clock"
    return None


def _ended(said: object) -> str | None:
    """The task that a notice is about, unless it says itself that the task goes on.

    The vendor posts the bare task (protocol page, §7); a gateway may put its envelope around it.
    """
    for _ in range(_DEPTH):
        task = mapping(said)
        task_id = identifier(task.get("task_id")) or identifier(task.get("id"))
        if task_id is not None:
            status = task.get("task_status", task.get("status"))
            under_way = isinstance(status, str) and status.strip().lower() in _UNDER_WAY
            return None if under_way else task_id
        said = task.get("data")
    return None

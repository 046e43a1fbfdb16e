"""The table of codes: which (status, code) pairs say surely no, and what they mean for a person."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.facts import Reason
from orchestrator.provider.reply import Envelope

NO_CHANNEL = "无可用渠道"
"""How a gateway's 503 says that it has nobody to send it to: nothing was created."""

EXPIRED = (1003, 1004)
"""The signed token is not yet, or no longer, valid: worth signing afresh, once."""

_KEY = "the provider does not accept the key: check it, and that it belongs to this host"
_CLOCK = "the signed token is not accepted: check this machine's clock, then the access and secret key"
_MONEY = "the account cannot pay: top it up, or renew its resource pack"
_BAD = "the provider refuses the request"
_GONE = "the provider does not know the video, the model or the route: it may be purged or discontinued"
_WORDS = "moderation refuses the prompt or the picture: change it"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says at its own HTTP status; no reason means that nobody knows what became of it."""

    status: int
    reason: Reason | None
    words: str


TABLE: dict[int, Meaning] = {
    1000: Meaning(401, Reason.CREDENTIALS, _KEY),
    1001: Meaning(401, Reason.CREDENTIALS, _KEY),
    1002: Meaning(401, Reason.CREDENTIALS, _KEY),
    1003: Meaning(401, Reason.CREDENTIALS, _CLOCK),
    1004: Meaning(401, Reason.CREDENTIALS, _CLOCK),
    1100: Meaning(429, Reason.PAYMENT, _MONEY),
    1101: Meaning(429, Reason.PAYMENT, _MONEY),
    1102: Meaning(429, Reason.PAYMENT, _MONEY),
    1103: Meaning(403, Reason.CREDENTIALS, "the key has no permission for this API or model"),
    1200: Meaning(400, Reason.REFUSED, _BAD),
    1201: Meaning(400, Reason.REFUSED, f"{_BAD}: a parameter is wrong, or the source cannot be extended"),
    1202: Meaning(404, Reason.REFUSED, "the provider does not offer this method"),
    1203: Meaning(404, Reason.REFUSED, _GONE),
    1300: Meaning(400, Reason.MODERATION, _WORDS),
    1301: Meaning(400, Reason.MODERATION, _WORDS),
    1302: Meaning(429, Reason.BUSY, "the provider is asked too fast"),
    1303: Meaning(429, Reason.BUSY, "the account runs as many tasks as it may"),
    1304: Meaning(429, Reason.CREDENTIALS, "this machine's address is not on the account's white list"),
    5000: Meaning(500, None, "the provider has an internal error"),
    5001: Meaning(503, None, "the provider is in maintenance"),
    5002: Meaning(504, None, "the provider has a backlog"),
}
"""Kling's codes (protocol page, §4)."""

_RISK = (
    "risk control",
    "risk_control",
    "content security",
    "content policy",
    "platform policy",
    "moderation",
    "sensitive",
    "风控",
    "审核",
    "敏感",
    "违规",
)
_POOR = ("quota", "insufficient", "balance", "arrears", "余额", "额度", "欠费")
_NOT_THERE = ("not_exist", "not exist", "not_found", "not found", "不存在")


def moderated(text: str) -> bool:
    """The free text of a failure speaks of moderation; codes never do."""
    return any(word in text.lower() for word in _RISK)


def absent(code: int | str, message: str) -> bool:
    """The code or the words of an error say that there is no such task, and not some other thing."""
    if code == 1203:
        return True
    told = f"{code} {message}".lower()
    return ("task" in told or "任务" in told) and any(word in told for word in _NOT_THERE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that surely says no: the class that decides what is next, and words for a person."""

    reason: Reason
    code: str
    message: str


def refusal(status: int, said: Envelope) -> Refusal | None:
    """What the closed list of the protocol page (§5) makes of a JSON error; None when it is not on it."""
    meaning = TABLE.get(said.code) if isinstance(said.code, int) else None
    if meaning is not None and meaning.reason is None and NO_CHANNEL not in said.message:
        return None
    if meaning is not None and meaning.reason is not None and status in (200, meaning.status):
        return explained(status, said, meaning.reason, meaning.words)
    if status == 503 and NO_CHANNEL in said.message:
        return explained(status, said, Reason.BUSY, "the gateway has no channel for this model now")
    # 401 is not on the page's list of gateway errors, but no gateway makes a task for a key that it refuses;
    # without it the commonest mistake of all would have to be resolved by hand.
    if said.textual and status in (400, 401, 403, 429):
        return _by_gateway(status, said, meaning)
    return None


def explained(status: int, said: Envelope, reason: Reason, words: str) -> Refusal:
    """A refusal in our words, with theirs and the numbers."""
    theirs = f': "{said.message}"' if said.message else ""
    return Refusal(reason, str(said.code), f"{words}{theirs} (HTTP {status}, code {said.code})")


def _by_gateway(status: int, said: Envelope, meaning: Meaning | None) -> Refusal:
    """A gateway's own error: its code is text, and it may have overwritten the vendor's words."""
    if meaning is not None and meaning.reason is not None:
        return explained(status, said, meaning.reason, meaning.words)
    told = f"{said.code} {said.message}".lower()
    if status == 401:
        return explained(status, said, Reason.CREDENTIALS, _KEY)
    if any(word in told for word in _POOR):
        return explained(status, said, Reason.PAYMENT, _MONEY)
    if status == 403:
        return explained(status, said, Reason.CREDENTIALS, "the gateway forbids it to this key")
    if status == 429:
        words = "the gateway is busy, or the account has no money: at a gateway the two look alike"
        return explained(status, said, Reason.BUSY, words)
    if moderated(told):
        return explained(status, said, Reason.MODERATION, _WORDS)
    return explained(status, said, Reason.REFUSED, _BAD)

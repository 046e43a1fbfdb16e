"""The rules of the imitated API as data: routes, codes with their HTTP status, limits, models, prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["text2video", "image2video", "video-extend"]
Character = Literal["strict", "native"]
Extends = Literal["yes", "unsupported", "discontinued"]
KINDS: tuple[Kind, ...] = ("text2video", "image2video", "video-extend")

FPS = 12
CAP_SECONDS = 180
PURGED_AFTER_MS = 30 * 24 * 3600 * 1000
LONGEST_PROMPT = 2500
# Not the vendor's: how far a prompt with the marker for it drifts, as a binary logarithm of colour.
DRIFT = 0.25
RISK_MESSAGE = "Failure to pass the risk control system"

# Seconds from acceptance to the end, on average, at speed 1.
USUAL_SECONDS: dict[Kind, int] = {"text2video": 319, "image2video": 164, "video-extend": 320}

ASPECT_RATIOS = ("16:9", "9:16", "1:1")
MODES = ("std", "pro")
# Frames of a generated video: one more than the round number of seconds, as real ones have (5.04, 5.1).
GENERATED_FRAMES = {"5": 5 * FPS + 1, "10": 10 * FPS + 1}

EXTENDABLE = ("kling-v1", "kling-v1-5", "kling-v1-6")
MODELS = (
    *EXTENDABLE,
    "kling-v2-master",
    "kling-v2-1",
    "kling-v2-1-master",
    "kling-v2-5-turbo",
    "kling-v2-6",
    "kling-v3",
)
_UNITS = {
    ("kling-v1", "std"): Decimal(1),
    ("kling-v1", "pro"): Decimal("3.5"),
    ("kling-v1-5", "std"): Decimal(2),
    ("kling-v1-5", "pro"): Decimal("3.5"),
    ("kling-v1-6", "std"): Decimal(2),
    ("kling-v1-6", "pro"): Decimal("3.5"),
}
# Nothing is known of the prices of models that cannot be extended; these only have to be plausible.
_OTHER_UNITS = {"std": Decimal(2), "pro": Decimal("3.5")}


def units(model: str, mode: str, duration: str = "5") -> Decimal:
    """What one generation costs, or one extension of its result (as a 5 s one)."""
    five_seconds = _UNITS.get((model, mode), _OTHER_UNITS[mode])
    return five_seconds * 2 if duration == "10" else five_seconds


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused request: the vendor's pair of HTTP status and code, and a text for a person."""

    http: int
    code: int
    message: str


EMPTY_CREDENTIALS = Refusal(401, 1001, "Authorization is empty")
NOT_EXTENDABLE = Refusal(400, 1201, "This video not supported extend-video")
DISCONTINUED = Refusal(404, 1203, "The model is discontinued")
NO_MONEY = Refusal(429, 1102, "Account balance not enough")
NO_SLOT = Refusal(429, 1303, "parallel task over resource pack limit")
RISKY = Refusal(400, 1301, RISK_MESSAGE)
WRONG_METHOD = Refusal(404, 1202, "The request method is not supported by this resource")
NO_ROUTE = Refusal(404, 1203, "The requested resource does not exist")
TOO_LARGE = Refusal(413, 1200, "The request body is too large")
NOT_JSON = Refusal(400, 1200, "The request body is not a JSON object")


def bad_parameter(message: str) -> Refusal:
    """400/1201, the answer to every parameter that does not hold."""
    return Refusal(400, 1201, message)


def bad_credentials(code: int, message: str) -> Refusal:
    """One of the 401 family: 1000 failed, 1002 invalid, 1003 not yet valid, 1004 expired."""
    return Refusal(401, code, message)


def not_found(what: str) -> Refusal:
    """404/1203 for an id that is unknown, of another kind, or purged."""
    return Refusal(404, 1203, f"{what} not found")

"""Ids, durations and lengths that look random and are a function of the world's seed and a number."""

from __future__ import annotations

import base64
import hashlib
import uuid

from orchestrator.sandbox.rules import CAP_SECONDS, FPS, USUAL_SECONDS, Character, Kind

_CAP_FRAMES = CAP_SECONDS * FPS
# From 4.08: an adopted "5.1" is 61 frames, and no sum of rounded lengths may show less than 4 s.
_USUAL_INCREMENT = (4 * FPS + 1, 5 * FPS)
# +5.4 s has been seen; a client that assumes a fixed increment must meet it.
_LONG_INCREMENT = 65
_ONE_LONG_IN = 40


def _digest(seed: str, number: int, purpose: str) -> bytes:
    return hashlib.sha256(f"{seed}/{number}/{purpose}".encode()).digest()


def fraction(seed: str, number: int, purpose: str) -> float:
    """A number in [0, 1) for this purpose."""
    return int.from_bytes(_digest(seed, number, purpose)[:6], "big") / 2**48


def task_id(seed: str, number: int, character: Character) -> str:
    """18 digits at the vendor (above 2^53, so that floats lose it), base64-like at the gateway."""
    drawn = _digest(seed, number, "task")
    if character == "native":
        era = int.from_bytes(_digest(seed, 0, "era")[:2], "big") % 9000
        step = 1_000_003
        return str(8 * 10**17 + era * 10**13 + number * step + int.from_bytes(drawn[:4], "big") % step)
    raw = b"\x0a" + drawn[:7] + bytes(4) + drawn[7:11]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def video_id(seed: str, number: int) -> str:
    return str(uuid.UUID(bytes=_digest(seed, number, "video")[:16], version=4))


def waiting_ms(seed: str, number: int, kind: Kind, speed: float) -> tuple[int, int]:
    """Milliseconds until the task starts and until it ends, spread by 30 % around the usual."""
    spread = 0.7 + 0.6 * fraction(seed, number, "duration")
    total = USUAL_SECONDS[kind] * 1000 * spread / speed
    start = total * (0.01 + 0.04 * fraction(seed, number, "queue"))
    return max(1, round(start)), max(2, round(total))


def increment_frames(seed: str, number: int, parent_frames: int) -> int:
    """Frames an extension adds: 4 to 5 seconds, rarely 5.4 where that still fits under the cap."""
    is_long = int(fraction(seed, number, "long") * _ONE_LONG_IN) == 0
    # A client that keeps 5 s of room must never be refused, so the rare long one gives way near the cap.
    if is_long and parent_frames + _LONG_INCREMENT <= _CAP_FRAMES:
        return _LONG_INCREMENT
    low, high = _USUAL_INCREMENT
    return low + int(fraction(seed, number, "increment") * (high - low + 1))


def fits_the_cap(frames: int) -> bool:
    return frames <= _CAP_FRAMES

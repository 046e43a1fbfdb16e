"""Untrusted JSON to a checked submission, or the refusal the vendor would answer with."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.media import size_of
from orchestrator.sandbox.rules import (
    ASPECT_RATIOS,
    GENERATED_FRAMES,
    LONGEST_PROMPT,
    MODELS,
    MODES,
    NOT_JSON,
    Character,
    Kind,
    Refusal,
    bad_parameter,
)

_TEXTS = (
    "prompt",
    "negative_prompt",
    "callback_url",
    "external_task_id",
    "model_name",
    "mode",
    "aspect_ratio",
    "image",
    "image_tail",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A well-formed wish for one task. Absent, null and empty texts are all `""`, as the API takes them.

    `task_id` and `video_id` name the parent of an extension; model, mode, ratio and duration belong to
    generations only. The ratio of a film that begins with a posted picture is the picture's.
    """

    kind: Kind
    prompt: str = ""
    negative_prompt: str = ""
    cfg_scale: float | None = None
    task_id: str = ""
    video_id: str = ""
    model_name: str = "kling-v1"
    mode: str = "std"
    duration: str = "5"
    aspect_ratio: str = "16:9"
    callback_url: str = ""
    external_task_id: str = ""
    watermark: bool = False


def read_submission(kind: Kind, body: object, character: Character) -> Submission | Refusal:
    """Check `body` in the order of its fields; unknown fields are ignored, the first problem is answered."""
    if not isinstance(body, dict):
        return NOT_JSON
    refusal = next(_problems(kind, body, character), None)
    return refusal if refusal is not None else _built(kind, body)


def posted_picture(kind: Kind, body: object) -> bytes | None:
    """The picture that a film is to begin with, where it came with the request itself."""
    image = body.get("image") if kind == "image2video" and isinstance(body, dict) else None
    return base64.b64decode(image) if isinstance(image, str) and image and _is_base64(image) else None


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _built(kind: Kind, body: Mapping[str, object]) -> Submission:
    cfg = body.get("cfg_scale")
    watermark = body.get("watermark_info")
    return Submission(
        kind=kind,
        prompt=_text(body, "prompt"),
        negative_prompt=_text(body, "negative_prompt"),
        cfg_scale=float(cfg) if isinstance(cfg, int | float) else None,
        task_id=_text(body, "task_id"),
        video_id=_text(body, "video_id"),
        model_name=_text(body, "model_name") or "kling-v1",
        mode=_text(body, "mode") or "std",
        duration=str(body.get("duration") or "5"),
        aspect_ratio=_shape(kind, body) or _text(body, "aspect_ratio") or "16:9",
        callback_url=_text(body, "callback_url"),
        external_task_id=_text(body, "external_task_id"),
        watermark=isinstance(watermark, dict) and watermark.get("enabled") is True,
    )


def _shape(kind: Kind, body: Mapping[str, object]) -> str | None:
    """Of the ratios there are, the nearest to the picture's."""
    picture = posted_picture(kind, body)
    size = None if picture is None else size_of(picture)
    if size is None:
        return None
    shape = math.log(size[0] / size[1])
    return min(ASPECT_RATIOS, key=lambda ratio: abs(_log_of(ratio) - shape))


def _log_of(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return math.log(int(width) / int(height))


def _problems(kind: Kind, body: Mapping[str, object], character: Character) -> Iterator[Refusal]:
    yield from _wrong_types(body)
    yield from _too_long(body)
    yield from _bad_cfg_scale(body.get("cfg_scale"))
    yield from _bad_watermark(body.get("watermark_info"))
    if kind == "video-extend":
        yield from _bad_parent(body, character)
    else:
        yield from _bad_generation(kind, body)


def _wrong_types(body: Mapping[str, object]) -> Iterator[Refusal]:
    for name in _TEXTS:
        if not isinstance(body.get(name, ""), str | None):
            yield bad_parameter(f"{name} must be a string")


def _too_long(body: Mapping[str, object]) -> Iterator[Refusal]:
    for name in ("prompt", "negative_prompt"):
        # Characters, not bytes: a Chinese prompt of 2500 characters has 7500 bytes and is fine.
        if len(_text(body, name)) > LONGEST_PROMPT:
            yield bad_parameter(f"{name} is too long: at most {LONGEST_PROMPT} characters")
    if len(_text(body, "external_task_id")) > 512:
        yield bad_parameter("external_task_id is too long")


def _bad_cfg_scale(value: object) -> Iterator[Refusal]:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield bad_parameter("cfg_scale must be a number")
    # NaN compares false with everything, so it is refused here as well.
    elif not 0 <= value <= 1 or math.isnan(value):
        yield bad_parameter("cfg_scale must be between 0 and 1")


def _bad_watermark(value: object) -> Iterator[Refusal]:
    if value is not None and not isinstance(value, dict):
        yield bad_parameter("watermark_info must be an object")


def _bad_parent(body: Mapping[str, object], character: Character) -> Iterator[Refusal]:
    # The vendor's own host does not know task_id here and ignores whatever is in it.
    required = ("task_id", "video_id") if character == "strict" else ("video_id",)
    for name in required:
        value = body.get(name)
        if value is None or value == "":
            yield bad_parameter(f"{name} must not be empty")
        elif not isinstance(value, str):
            yield bad_parameter(f"{name} must be a string")


def _bad_generation(kind: Kind, body: Mapping[str, object]) -> Iterator[Refusal]:
    choices = {"model_name": MODELS, "mode": MODES, "aspect_ratio": ASPECT_RATIOS}
    for name, allowed in choices.items():
        value = _text(body, name)
        if value and value not in allowed:
            yield bad_parameter(f"{name} value '{value[:64]}' is invalid")
    yield from _bad_duration(body.get("duration"))
    if kind == "text2video" and not _text(body, "prompt"):
        yield bad_parameter("prompt must not be empty")
    if kind == "image2video":
        yield from _bad_images(body)


def _bad_duration(value: object) -> Iterator[Refusal]:
    # Documented as a string; an integer is taken as well, which public clients rely on.
    if value is None or value == "":
        return
    if isinstance(value, bool) or not isinstance(value, str | int) or str(value) not in GENERATED_FRAMES:
        yield bad_parameter("duration value is invalid: 5 or 10")


def _bad_images(body: Mapping[str, object]) -> Iterator[Refusal]:
    if not _text(body, "image") and not _text(body, "image_tail"):
        yield bad_parameter("image must not be empty")
    for name in ("image", "image_tail"):
        value = _text(body, name)
        if value and not value.startswith(("http://", "https://")) and not _is_base64(value):
            yield bad_parameter(f"{name} is neither a URL nor base64 without a data: prefix")


def _is_base64(value: str) -> bool:
    try:
        return bool(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False

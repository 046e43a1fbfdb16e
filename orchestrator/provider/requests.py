"""Writes a submission as the JSON the provider documents: exactly what is given, nothing more."""

from __future__ import annotations

import base64
import hashlib
import json
from decimal import Decimal
from pathlib import Path

from orchestrator.facts import Reason
from orchestrator.plan import Image
from orchestrator.ports import Declined, Submission

_LARGEST_PICTURE = 50 * 1024 * 1024
"""Bytes of a local picture that are read; the providers take far less."""


def body(submission: Submission, gateway: bool, callback_url: str | None = None) -> bytes | Declined:
    """The request's body in UTF-8; `Declined` when a local picture is not what was planned.

    A gateway runs the sub-task on the parent's vendor account and so needs `task_id`; the vendor does not
    know that field (protocol page, §2).
    """
    pictures: dict[str, str | None] = {}
    for name, image in (("image", submission.image), ("image_tail", submission.image_tail)):
        written = _picture(image) if image else None
        if isinstance(written, Declined):
            return written
        pictures[name] = written
    if submission.frame is not None:
        pictures["image"] = _base64(submission.frame.content)
    fields: dict[str, object] = {
        "task_id": submission.parent_task if gateway else None,
        "video_id": submission.parent_video,
        "model_name": submission.model_name,
        **pictures,
        "prompt": submission.prompt,
        "negative_prompt": submission.negative_prompt,
        "cfg_scale": _number(submission.cfg_scale),
        "mode": submission.mode,
        "duration": submission.duration,
        "aspect_ratio": submission.aspect_ratio,
        "external_task_id": submission.external_id,
        "callback_url": callback_url,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, ensure_ascii=False).encode("utf-8", "replace")


def _number(value: Decimal | None) -> int | float | None:
    # 0 stays 0, and 0.5 is written as 0.5: a JSON number in either case.
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _picture(image: Image) -> str | Declined:
    """A URL as it is; a local file as raw base64, without the `data:` prefix that the API refuses."""
    if image.url is not None:
        return image.url
    assert image.path is not None, "an image is a URL or a file"
    try:
        with Path(image.path).open("rb") as file:
            content = file.read(_LARGEST_PICTURE + 1)
    except OSError as error:
        return _unfit(f"the picture {image.path} cannot be read: {error.strerror or error}")
    if len(content) > _LARGEST_PICTURE:
        return _unfit(f"the picture {image.path} is larger than 50 MiB: use a smaller one")
    if image.digest is not None and hashlib.sha256(content).hexdigest() != image.digest:
        return _unfit(f"the picture {image.path} has changed since it was planned: run again")
    return _base64(content)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _unfit(words: str) -> Declined:
    return Declined(Reason.REFUSED, "picture", f"{words}; nothing was sent")

"""Requests as they are written: exactly what is given, in the dialect of the host."""

from __future__ import annotations

import base64
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.facts import Reason
from orchestrator.plan import Image, Kind
from orchestrator.ports import Declined, Frame, Submission
from orchestrator.provider.requests import body
from tests.provider.wire import EXTENSION


def written(submission: Submission, gateway: bool = True) -> dict[str, Any]:
    content = body(submission, gateway)
    assert isinstance(content, bytes)
    value = json.loads(content)
    assert isinstance(value, dict)
    return value


def test_the_documented_request_goes_out_as_it_is_documented() -> None:
    """An extension at the gateway holds task_id, video_id and prompt, and nothing that nobody asked for."""
    assert written(EXTENSION) == {"task_id": "task-0", "video_id": "video-0", "prompt": "锦鲤跃出水面"}


def test_the_vendor_is_not_sent_a_task_id() -> None:
    """The vendor's own host does not know the field."""
    assert written(EXTENSION, gateway=False) == {"video_id": "video-0", "prompt": "锦鲤跃出水面"}


def test_chinese_is_sent_as_utf_8() -> None:
    """Prompts are readable on the wire, not escaped into six times their length."""
    content = body(EXTENSION, True)
    assert isinstance(content, bytes)
    assert "锦鲤跃出水面".encode() in content


@pytest.mark.parametrize(("given", "sent"), [("0", b"0"), ("0.5", b"0.5"), ("1.0", b"1"), ("0.35", b"0.35")])
def test_cfg_scale_is_a_number_and_zero_is_sent(given: str, sent: bytes) -> None:
    """An explicit 0 is not taken for absent, and no number becomes text."""
    content = body(Submission(Kind.EXTEND, cfg_scale=Decimal(given)), True)
    assert content == b'{"cfg_scale": ' + sent + b"}"


def test_a_generation_sends_the_api_s_own_names() -> None:
    """Every parameter of a text generation arrives under its documented name, duration as text."""
    submission = Submission(
        Kind.TEXT,
        prompt="koi",
        negative_prompt="blur",
        model_name="kling-v1-6",
        mode="pro",
        duration="10",
        aspect_ratio="16:9",
        external_id="ours",
    )
    assert written(submission) == {
        "model_name": "kling-v1-6",
        "prompt": "koi",
        "negative_prompt": "blur",
        "mode": "pro",
        "duration": "10",
        "aspect_ratio": "16:9",
        "external_task_id": "ours",
    }


def test_a_local_picture_is_sent_as_raw_base64(tmp_path: Path) -> None:
    """The API takes no `data:` prefix, and a URL is passed on as it is."""
    picture = tmp_path / "koi.png"
    picture.write_bytes(b"\x89PNG koi")
    local = Image(path=str(picture), digest=hashlib.sha256(b"\x89PNG koi").hexdigest())
    sent = written(Submission(Kind.IMAGE, image=local, image_tail=Image(url="https://x.example/a.png?s=1")))
    assert base64.b64decode(sent["image"]) == b"\x89PNG koi"
    assert sent["image_tail"] == "https://x.example/a.png?s=1"


@pytest.mark.parametrize("change", ["changed", "gone", "folder", "huge"])
def test_a_picture_that_is_not_what_was_planned_is_not_sent(tmp_path: Path, change: str) -> None:
    """Nothing is paid for a picture that nobody planned, and the words name the file."""
    picture = tmp_path / "koi.png"
    if change == "folder":
        picture.mkdir()
    elif change == "huge":
        with picture.open("wb") as file:
            file.truncate(51 * 1024 * 1024)
    elif change == "changed":
        picture.write_bytes(b"another")
    found = body(Submission(Kind.IMAGE, image=Image(path=str(picture), digest="0" * 64)), True)
    assert isinstance(found, Declined)
    assert found.reason is Reason.REFUSED
    assert str(picture) in found.message
    assert "nothing was sent" in found.message


def test_a_frame_is_sent_as_an_image() -> None:
    """What goes on from a last frame names no parent: only the picture, as raw base64, and the rest."""
    frame = Frame(b"\xff\xd8\xff koi", "0", Decimal("4.9"))
    sent = written(Submission(Kind.IMAGE, prompt="koi", model_name="kling-v1-6", frame=frame))
    assert base64.b64decode(sent.pop("image"), validate=True) == frame.content
    assert sent == {"prompt": "koi", "model_name": "kling-v1-6"}

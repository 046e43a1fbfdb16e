"""An image is refused before anything is paid, exactly where the vendor would refuse it."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from orchestrator.errors import MediaError
from orchestrator.media import ImageFacts, UnfitImageError, check_image


def drawn(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """An image of this size and kind."""
    data = BytesIO()
    Image.new(mode, (width, height)).save(data, kind)
    return data.getvalue()


JPEG, PNG = drawn(320, 300, "JPEG"), drawn(320, 300)


@pytest.mark.parametrize(
    ("width", "height", "kind", "mode"),
    [
        (300, 300, "PNG", "RGBA"),
        (750, 300, "JPEG", "RGB"),
        (300, 750, "PNG", "L"),
        (1920, 1080, "JPEG", "CMYK"),
        (400, 300, "PNG", "P"),
    ],
)
def test_what_the_provider_takes_passes(
    tmp_path: Path, width: int, height: int, kind: str, mode: str
) -> None:
    """JPEG and PNG of every colour mode pass up to the very limits, from memory and from disk alike."""
    data = drawn(width, height, kind, mode)
    path = tmp_path / "鲤.bin"
    path.write_bytes(data)
    assert check_image(data) == check_image(path) == ImageFacts(kind, width, height)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (drawn(299, 400), "299x400 px, but each side needs 300"),
        (drawn(751, 300), "beyond 1:2.5"),
        (drawn(300, 751), "beyond 1:2.5"),
        (drawn(400, 400, "GIF"), "not a JPEG or PNG"),
        (drawn(400, 400, "WEBP"), "not a JPEG or PNG"),
        (drawn(400, 400)[:-40], "not a JPEG or PNG"),
        (random.Random(1).randbytes(5000), "not a JPEG or PNG"),
        (b"<html>", "not a JPEG or PNG"),
        (b"", "not a JPEG or PNG"),
        (bytes(10 * 1024 * 1024 + 1), "at most 10 MB"),
        (drawn(20_000, 10_000, mode="1"), "too large"),
    ],
    ids=["small", "wide", "tall", "gif", "webp", "cut", "noise", "html", "empty", "heavy", "bomb"],
)
def test_what_the_provider_refuses_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    """Each limit has its own words, with the file's name, and costs nothing."""
    path = tmp_path / "source.png"
    path.write_bytes(data)
    with pytest.raises(UnfitImageError, match=words):
        check_image(data)
    with pytest.raises(MediaError, match=r"source\.png: .*"):
        check_image(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file or a folder is an error of the image, not of the program."""
    for path in (tmp_path, tmp_path / "none.png", Path("a\0b")):
        with pytest.raises(UnfitImageError, match="cannot be read"):
            check_image(path)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**14), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_damage_gives_one_kind_of_error(flips: list[tuple[int, int]], png: bool) -> None:
    """However an image is damaged, nothing but UnfitImageError comes out."""
    data = bytearray(PNG if png else JPEG)
    for place, value in flips:
        data[place % len(data)] = value
    try:
        check_image(bytes(data))
    except UnfitImageError as error:
        assert "the image" in str(error)  # noqa: PT017 -- it may also be raised not at all

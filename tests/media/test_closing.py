"""The frame that a film is gone on from: exactly the last one that shows something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops

from orchestrator.media import BrokenVideoError, Caption, closing_frame, extend, render

Pictures = Callable[[Path], list[Image.Image]]

FPS = 12


def filmed(frames: Sequence[Image.Image], out: Path, keys: int = 48) -> Path:
    """A film of these pictures, with a key frame so seldom that the last is far from one."""
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "12", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = *frames[0].size, "yuv420p"
        stream.gop_size = keys
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out


def shown(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Equal but for what a JPEG of the best quality loses."""
    bands = ImageChops.difference(one, other).split()
    return max(band.getextrema()[1] for band in bands) <= 24  # type: ignore[operator]


def moving(count: int) -> list[Image.Image]:
    """Pictures that all differ, each with a white bar where its number says."""
    found = []
    for number in range(count):
        image = Image.new("RGB", (160, 90), (20, 60, 90))
        image.paste((240, 240, 240), (number * 2, 10, number * 2 + 20, 80))
        found.append(image)
    return found


def test_it_is_the_very_last_frame(film: Path, tmp_path: Path, pictures: Pictures) -> None:
    """Not the key frame before it, nor the last but one; its time is when it is shown."""
    longer = tmp_path / "longer.mp4"
    extend(film, Caption("koi", "锦鲤", ""), Decimal("3.75"), longer)
    still = closing_frame(longer)
    frames = pictures(longer)
    assert still.at == Decimal("8.666667")
    assert alike(shown(still.content), frames[-1])
    assert not alike(shown(still.content), frames[-13])


def test_equal_files_give_equal_bytes(film: Path) -> None:
    """The digest in the journal is that of what would be sent again."""
    assert closing_frame(film) == closing_frame(film)


def test_reordered_frames_are_taken_as_they_are_shown(tmp_path: Path) -> None:
    """With pictures that are stored in another order than shown, the last is the one shown last."""
    frames = moving(31)
    still = closing_frame(filmed(frames, tmp_path / "film.mp4"))
    assert still.at == Decimal("2.5")
    assert alike(shown(still.content), frames[-1])


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 20, 60)])
def test_a_fade_is_skipped(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    """A film that ends in one colour is gone on from the last picture before it began to fade."""
    frames = moving(24)
    flat = Image.new("RGB", frames[0].size, colour)
    fading = [Image.blend(frames[-1], flat, share / 8) for share in range(1, 9)]
    still = closing_frame(filmed([*frames, *fading, *[flat] * 6], tmp_path / "film.mp4"))
    assert Decimal("1.9") < still.at <= Decimal("2.1")
    assert alike(shown(still.content), frames[-1])


def test_what_is_blank_for_long_is_meant_so(tmp_path: Path) -> None:
    """A film that shows nothing at all is gone on from its last frame like any other."""
    flat = [Image.new("RGB", (160, 90), "black")] * 30
    assert closing_frame(filmed(flat, tmp_path / "film.mp4")).at == Decimal("2.416667")


def test_a_missing_film_is_broken(tmp_path: Path) -> None:
    """Whoever asks hears our error, with the file's name in it."""
    with pytest.raises(BrokenVideoError, match=r"gone\.mp4"):
        closing_frame(tmp_path / "gone.mp4")


def test_a_film_that_ends_broken_is_gone_on_from_what_decodes(tmp_path: Path) -> None:
    """A damaged end costs the pictures in it, not the film before it."""
    whole = tmp_path / "whole.mp4"
    render(Caption("koi", "锦鲤", ""), Decimal(3), whole)
    with av.open(str(whole)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
        at, size = last.pos, last.size
    content = bytearray(whole.read_bytes())
    assert at is not None
    content[at : at + size] = b"\xff" * size
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(bytes(content))
    still = closing_frame(damaged)
    assert Decimal(2) < still.at < Decimal("2.9167")

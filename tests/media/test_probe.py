"""What is no video that plays is always told as such, and what is one never."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from orchestrator.errors import MediaError
from orchestrator.media import BrokenVideoError, Probe, check, frame_at, last_frame, probe


def thorough(path: Path) -> Probe:
    """`check` with everything decoded."""
    return check(path, thorough=True)


def picture(path: Path) -> None:
    """The last frame, beside the film."""
    last_frame(path, path.with_name("last.png"))


def still(path: Path) -> None:
    """A frame from the middle, beside the film."""
    frame_at(path, Decimal(2), path.with_name("still.jpg"))


LOOKS: list[Callable[[Path], object]] = [probe, check, thorough, picture, still]


def test_a_film_is_what_it_says(film: Path) -> None:
    """Length, frames, size, codec and sound are read from the header, and check agrees."""
    found = probe(film)
    assert (found.seconds, found.frames) == (Decimal("5.000"), 60)
    assert (found.width, found.height, found.codec, found.audio) == (320, 180, "h264", False)
    assert check(film) == check(film, thorough=True) == found


def test_a_film_with_sound_and_b_frames_is_fine(tmp_path: Path) -> None:
    """A film as the provider makes it, with sound and B-frames, plays and is not called broken."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"g": "30", "bf": "3"})
        video.width, video.height = 128, 96
        audio = container.add_stream("aac", rate=44100, layout="mono")
        for number in range(48):
            plane = av.VideoFrame(128, 96, "yuv420p")
            plane.pts = number
            container.mux(video.encode(plane))
        sound = av.AudioFrame("fltp", "mono", 1024)
        sound.sample_rate, sound.pts = 44100, 0
        sound.planes[0].update(bytes(sound.planes[0].buffer_size))
        container.mux(audio.encode(sound))
        container.mux([*video.encode(), *audio.encode()])
    found = check(path)
    assert (found.audio, found.frames, found.seconds) == (True, 48, Decimal("2.000"))
    assert check(path, thorough=True) == found
    assert found.label is None


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!DOCTYPE html><html><body>no such file</body></html>",
        b'{"code":1203,"message":"no such resource"}',
        b"just some text\n" * 500,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/hostname\n",
        b"ffconcat version 1.0\nfile koi.mp4\n",
        bytes(4096),
        os.urandom(20_000),
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    ],
    ids=["empty", "html", "json", "text", "playlist", "list", "zeros", "noise", "beginning"],
)
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes, look: Callable[[Path], object]) -> None:
    """Whatever else a host sends instead of a video becomes one clear error with the file's name."""
    path = tmp_path / "answer.mp4"
    path.write_bytes(content)
    with pytest.raises(BrokenVideoError, match=r"answer\.mp4: not a video that plays \(.+\)") as told:
        look(path)
    assert isinstance(told.value, MediaError)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("look", LOOKS)
def test_a_missing_file_and_a_folder_are_told(tmp_path: Path, look: Callable[[Path], object]) -> None:
    """A path without a file behind it is an error of the video, not of the program."""
    for path in (tmp_path / "none.mp4", tmp_path, Path("http://127.0.0.1:9/x.mp4"), Path("a\0b")):
        with pytest.raises(BrokenVideoError, match="no such file"):
            look(path)


@pytest.mark.parametrize("look", LOOKS)
def test_a_film_cut_short_never_passes(tmp_path: Path, film: Path, look: Callable[[Path], object]) -> None:
    """A download that ended early is seen wherever it ended; no earlier frame is passed off as the last."""
    whole, path = film.read_bytes(), tmp_path / "cut.mp4"
    for length in [*range(0, len(whole), len(whole) // 40), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(BrokenVideoError):
            look(path)


@pytest.mark.parametrize("beyond", [5000, -10], ids=["behind the end", "across the end"])
def test_a_packet_that_is_not_in_the_file_is_missed(tmp_path: Path, loud: Path, beyond: int) -> None:
    """A packet in the middle that the file does not have is seen by the quick check, too."""
    data, path = bytearray(loud.read_bytes()), tmp_path / "hole.mp4"
    chunk = data.index(b"stco") + 12 + 4 * 30
    data[chunk : chunk + 4] = (len(data) + beyond).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(BrokenVideoError):
        check(path)


@pytest.mark.parametrize("look", LOOKS)
def test_other_formats_are_not_guessed(tmp_path: Path, film: Path, look: Callable[[Path], object]) -> None:
    """A picture is no film of one frame, and a playlist is not followed to other files or hosts."""
    path = tmp_path / "answer.mp4"
    Image.new("RGB", (320, 180)).save(path, "PNG")
    with pytest.raises(BrokenVideoError):
        look(path)
    (tmp_path / "other.mp4").write_bytes(film.read_bytes())
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(BrokenVideoError):
        look(path)


def test_damage_in_the_middle_is_seen_by_the_thorough_check(tmp_path: Path, film: Path) -> None:
    """A frame that does not decode is found by decoding all, although the header and both ends are fine."""
    data, path = bytearray(film.read_bytes()), tmp_path / "damaged.mp4"
    with av.open(str(film)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.is_keyframe][1]
        assert packet.pos is not None
        data[packet.pos + 4 : packet.pos + packet.size] = bytes(packet.size - 4)
    path.write_bytes(data)
    assert check(path).frames == 60
    with pytest.raises(BrokenVideoError):
        check(path, thorough=True)


@settings(
    max_examples=int(os.environ.get("FUZZ", "120")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    flips=st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), max_size=12),
    header=st.booleans(),
    keep=st.floats(0, 1) | st.just(1.0),
)
@example(flips=[], header=False, keep=0.5)
def test_damage_gives_one_kind_of_error(
    tmp_path: Path, film: Path, flips: list[tuple[int, int]], header: bool, keep: float
) -> None:
    """However a file is damaged or cut, nothing but BrokenVideoError comes out of looking at it."""
    data = bytearray(film.read_bytes())
    # Most of a film is picture; half of the damage goes to the header, which libav believes more.
    reach = data.index(b"mdat") if header else len(data)
    for place, value in flips:
        data[place % reach] = value
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data[: round(len(data) * keep)])
    for look in LOOKS:
        try:
            look(path)
        except BrokenVideoError as error:
            assert "damaged.mp4" in str(error)  # noqa: PT017 -- it may also be raised not at all

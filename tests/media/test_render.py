"""The sandbox's films decode to the last frame, and an extension is the parent plus new seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops

from orchestrator.errors import DiskError
from orchestrator.media import (
    BrokenVideoError,
    Caption,
    UnlikeVideoError,
    check,
    extend,
    probe,
    render,
)

Pictures = Callable[[Path], list[Image.Image]]
Packets = Callable[[Path], list[bytes]]


def differ(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures differ by more than what an encoder does to them."""
    return any(ImageChops.difference(one, other).convert("L").histogram()[60:])


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240), (322, 182)])
@pytest.mark.parametrize("seconds", ["5", "4.6", "0.01"])
def test_a_clip_has_exactly_the_frames_asked_for(
    tmp_path: Path, caption: Caption, pictures: Pictures, size: tuple[int, int], seconds: str
) -> None:
    """A clip of any shape and length decodes to round(seconds * fps) frames, at least one."""
    out = tmp_path / "clip.mp4"
    render(caption, Decimal(seconds), out, size=size)
    shown = pictures(out)
    assert len(shown) == max(1, round(Decimal(seconds) * 12))
    assert shown[0].size == size
    assert check(out, thorough=True).frames == len(shown)


def test_a_clip_is_made_to_be_streamed_and_cut(film: Path) -> None:
    """A clip is yuv420p H.264 without B-frames, has regular key frames, and its index comes first."""
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.pix_fmt, video.has_b_frames) == ("h264", "yuv420p", False)
        keys = [number for number, packet in enumerate(container.demux(video)) if packet.is_keyframe]
    assert keys == [0, 24, 48]
    data = film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_equal_captions_give_equal_bytes(tmp_path: Path, film: Path, caption: Caption) -> None:
    """The sandbox is reproducible: the same arguments give the same file."""
    render(caption, Decimal(5), tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == film.read_bytes()


def test_things_move_and_words_are_seen(tmp_path: Path, film: Path, pictures: Pictures) -> None:
    """Frames differ in time, prompts from each other, and a title, prompt or footer is really drawn."""
    koi = pictures(film)
    assert differ(koi[0], koi[30])
    bare = Caption("", "夜", "")
    for number, words in enumerate(
        (Caption("koi", "夜", ""), Caption("", "夜幕降临", ""), Caption("", "夜", "0:05"))
    ):
        for name, drawn in (("bare", bare), ("words", words)):
            render(drawn, Decimal("0.1"), tmp_path / f"{name}.mp4")
        assert differ(pictures(tmp_path / "bare.mp4")[0], pictures(tmp_path / "words.mp4")[0]), number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🐟" * 400,
        "\x1b[31m红\x00\u202e\r\n\t",
        "\ud800 lone",
        "한국어 العربية ไทย",
        "x" * 2500,
        "锦鲤" * 1250,
        "（" * 300,
        "[/red] {curly} %s",
    ],
)
def test_any_prompt_can_be_drawn(tmp_path: Path, text: str) -> None:
    """No prompt stops the sandbox: neither emoji, control characters, half characters nor length."""
    out = tmp_path / "clip.mp4"
    render(Caption(text, text, text), Decimal("0.5"), out)
    assert check(out, thorough=True).frames == 6


def test_an_image_is_the_background(tmp_path: Path, caption: Caption, pictures: Pictures) -> None:
    """A clip made from an image shows it; an image that cannot be read is as good as none."""
    red = BytesIO()
    Image.new("RGB", (400, 400), "red").save(red, "PNG")
    for name, image in (
        ("red", red.getvalue()),
        ("bad", b"no image"),
        ("cut", red.getvalue()[:100]),
        ("none", None),
    ):
        render(caption, Decimal("0.1"), tmp_path / name, image=image)
    corner = pictures(tmp_path / "red")[0].getpixel((3, 3))
    assert isinstance(corner, tuple)
    assert corner[0] > 100
    assert corner[1] < 40
    assert (
        (tmp_path / "bad").read_bytes() == (tmp_path / "cut").read_bytes() == (tmp_path / "none").read_bytes()
    )


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (322, 182)])
def test_an_extension_is_the_parent_packet_for_packet(
    tmp_path: Path, caption: Caption, packets: Packets, pictures: Pictures, size: tuple[int, int]
) -> None:
    """The extended film begins with the parent's own packets, and every frame of it decodes."""
    parent, out = tmp_path / "parent.mp4", tmp_path / "out.mp4"
    render(caption, Decimal("4.6"), parent, size=size)
    extend(parent, Caption("koi · step 8", "锦鲤跃出水面", "0:35 – 0:40"), Decimal(5), out)
    assert packets(out)[:55] == packets(parent)
    old, new = pictures(parent), pictures(out)
    assert len(new) == 55 + 60
    assert [frame.tobytes() for frame in new[:55]] == [frame.tobytes() for frame in old]
    assert differ(new[54], new[55])
    assert check(out, thorough=True).seconds == Decimal("9.583")


def test_a_film_grows_to_three_minutes(tmp_path: Path, caption: Caption, pictures: Pictures) -> None:
    """35 extensions of 5 s make 180 s exactly, at even steps, still labelled, all of it decoding."""
    film = tmp_path / "film.mp4"
    render(caption, Decimal(5), film, size=(160, 90))
    label = probe(film).label
    for number in range(35):
        extend(film, Caption(f"koi · step {number}", f"第{number}步", ""), Decimal(5), film)
    grown = check(film, thorough=True)
    assert (grown.seconds, grown.frames, grown.label) == (Decimal("180.000"), 2160, label)
    assert len(pictures(film)) == 2160
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        times = [
            p.pts * video.time_base * 12
            for p in container.demux(video)
            if p.pts is not None and video.time_base
        ]
    assert times == list(range(2160))


def test_the_label_says_made_by_a_machine(film: Path) -> None:
    """A clip carries the label that Chinese law asks for, as JSON under AIGC."""
    label = json.loads(probe(film).label or "")
    assert (label["Label"], label["ContentProducer"]) == ("1", "orchestrate-sandbox")
    assert set(label) == {
        "Label",
        "ContentProducer",
        "ProduceID",
        "ReservedCode1",
        "ContentPropagator",
        "PropagateID",
        "ReservedCode2",
    }


def test_a_film_of_another_kind_is_refused(tmp_path: Path, caption: Caption) -> None:
    """Packets of different encoders are never mixed: such a file would not decode."""
    foreign, out = tmp_path / "foreign.mp4", tmp_path / "out.mp4"
    with av.open(str(foreign), "w") as container:
        video = container.add_stream("mpeg4", rate=12)
        video.width, video.height = 320, 180
        for _ in range(12):
            container.mux(video.encode(av.VideoFrame(320, 180)))
        container.mux(video.encode())
    with pytest.raises(UnlikeVideoError, match=r"foreign\.mp4"):
        extend(foreign, caption, Decimal(5), out)
    assert list(tmp_path.iterdir()) == [foreign]


def test_a_film_with_sound_is_refused(tmp_path: Path, loud: Path, caption: Caption) -> None:
    """A film is not continued at the price of losing its sound."""
    assert probe(loud).audio
    with pytest.raises(UnlikeVideoError, match="only videos made by the sandbox"):
        extend(loud, caption, Decimal(5), tmp_path / "out.mp4")


def test_a_failure_leaves_nothing_behind(tmp_path: Path, film: Path, caption: Caption) -> None:
    """A broken parent or a missing folder is named, and an existing file stays as it was."""
    kept, cut = tmp_path / "kept.mp4", tmp_path / "cut.mp4"
    kept.write_bytes(b"as it was")
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 3])
    with pytest.raises(BrokenVideoError):
        extend(tmp_path / "none.mp4", caption, Decimal(5), kept)
    with pytest.raises(DiskError, match="cannot be written"):
        render(caption, Decimal("0.1"), tmp_path / "no" / "folder.mp4")
    assert kept.read_bytes() == b"as it was"
    with pytest.raises(BrokenVideoError):
        extend(cut, caption, Decimal("0.1"), kept)
    assert kept.read_bytes() == b"as it was"
    assert sorted(tmp_path.iterdir()) == [cut, kept]

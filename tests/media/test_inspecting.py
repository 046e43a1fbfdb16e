"""What a file tells: streams, label, provenance, soundness; and the walk over its boxes."""

from __future__ import annotations

import html
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import av
import pytest

from orchestrator.media import BrokenVideoError, Piece, has_manifest, inspect, stitch
from orchestrator.media.boxes import C2PA, boxes


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def kinds(data: bytes) -> list[str]:
    return [each.kind for each in boxes(BytesIO(data))]


def test_streams_and_label_are_told(film: Path) -> None:
    """Codec, size, rate and the label of made media are read off the file."""
    found = inspect(film)
    (stream,) = found.streams
    assert (stream.kind, stream.codec, stream.size, stream.fps) == ("video", "h264", (320, 180), Decimal(12))
    assert found.seconds == Decimal("5.000")
    assert found.label is not None
    assert found.label.fields["Label"] == "1"
    assert (found.manifest, found.broken, found.chapters) == (False, None, ())


def test_sound_is_told(loud: Path) -> None:
    """A film's sound is a stream like its picture."""
    sound = inspect(loud).streams[1]
    assert (sound.kind, sound.codec, sound.rate, sound.channels) == ("audio", "aac", 44100, 1)


def test_a_manifest_is_seen(film: Path, tmp_path: Path) -> None:
    """A C2PA manifest in its own box is seen, another box with an extended type is none."""
    other, signed = tmp_path / "other.mp4", tmp_path / "signed.mp4"
    other.write_bytes(film.read_bytes() + box(b"uuid", bytes(16) + b"something"))
    signed.write_bytes(film.read_bytes() + box(b"uuid", C2PA + b"manifest"))
    assert not inspect(other).manifest
    assert inspect(signed).manifest


SAID = '{"Label":"2","ContentProducer":"锦鲤","ProduceID":"1"}'


def unlabelled(film: Path) -> bytes:
    """The film, its own label spoilt where it stands."""
    return film.read_bytes().replace(b"AIGC", b"XXXX").replace(b'"Label"', b'"Xabel"')


@pytest.mark.parametrize("place", ["xmp", "user data", "lower case", "another key", "nowhere", "manifest"])
def test_a_label_is_found_wherever_a_provider_put_it(film: Path, tmp_path: Path, place: str) -> None:
    """In XMP, in a box of user data or under another spelling of its key a label is seen, and joined on."""
    path, out, said = tmp_path / "film.mp4", tmp_path / "out.mp4", SAID.encode()
    packet = f"<x:xmpmeta><rdf:Description TC260:AIGC='{html.escape(SAID)}'/></x:xmpmeta>".encode()
    plain = unlabelled(film)
    path.write_bytes(
        {
            "xmp": plain + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet),
            "user data": plain + box(b"udta", box(b"AIGC", said)),
            "another key": film.read_bytes().replace(b"AIGC", b"MADE"),
            "lower case": film.read_bytes().replace(b"AIGC", b"aigc"),
            "nowhere": plain + box(b"free", said),
            "manifest": plain + box(b"uuid", C2PA + said),
        }[place]
    )
    found = inspect(path).label
    stitch([Piece(path)], out)
    kept = inspect(out).label
    if place in ("nowhere", "manifest"):
        assert found is None
        assert kept is None
        return
    assert found is not None
    assert kept is not None
    assert kept.fields == found.fields
    assert found.fields["Label"] == ("1" if place in ("lower case", "another key") else "2")
    with av.open(str(out)) as container:
        assert container.metadata["AIGC"] == found.text


def test_damage_in_the_middle_is_told(film: Path, tmp_path: Path) -> None:
    """A film that opens but does not decode is described all the same, and called broken."""
    whole = film.read_bytes()
    begin = whole.index(b"mdat") + 20_000
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(whole[:begin] + bytes(9000) + whole[begin + 9000 :])
    found = inspect(damaged)
    assert found.seconds == Decimal("5.000")
    assert found.broken is not None


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    """Text, nothing and a missing file are no films."""
    for name, content in (("text.mp4", b"hello"), ("empty.mp4", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BrokenVideoError):
            inspect(tmp_path / name)
    with pytest.raises(BrokenVideoError):
        inspect(tmp_path / "missing.mp4")


def test_boxes_are_walked_outer_before_inner(tmp_path: Path) -> None:
    """Boxes within boxes are found, with large sizes, to the end, and behind a version."""
    meta = box(b"meta", bytes(4) + box(b"hdlr") + box(b"jumb"))
    large = (1).to_bytes(4, "big") + b"free" + (20).to_bytes(8, "big") + b"abcd"
    last = bytes(4) + b"mdat" + b"to the end"
    data = box(b"moov", box(b"udta", meta)) + large + last
    assert kinds(data) == ["moov", "udta", "meta", "hdlr", "jumb", "free", "mdat"]
    (tmp_path / "film.mp4").write_bytes(data)
    assert has_manifest(tmp_path / "film.mp4")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"no boxes are here at all",
        box(b"moov", (9999).to_bytes(4, "big") + b"trak"),
        (3).to_bytes(4, "big") + b"mdat",
        (1).to_bytes(4, "big") + b"mdat" + bytes(8),
        b"\xff" * 64,
        box(b"uuid", b"short"),
    ],
)
def test_hostile_boxes_end_the_walk(data: bytes) -> None:
    """Sizes that lie lead nowhere and never beyond the file."""
    assert len(kinds(data)) <= 1


def test_the_walk_is_bounded() -> None:
    """A million empty boxes, or a thousand within one another, cost no more than a bounded walk."""
    assert len(kinds(box(b"free") * 30_000)) == 20_000
    deep = b""
    for _ in range(1000):
        deep = box(b"moov", deep)
    assert len(kinds(deep)) <= 10

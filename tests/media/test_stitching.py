"""One film out of several: nothing doubled or missing, copied where it can be, labelled, in chapters."""

from __future__ import annotations

import json
from array import array
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from orchestrator.errors import DiskError, PlanError
from orchestrator.media import (
    BrokenVideoError,
    Caption,
    Mark,
    Piece,
    check,
    extend,
    inspect,
    render,
    stitch,
)
from orchestrator.media.chapters import laid_out, spread
from orchestrator.media.colours import Colours, say
from orchestrator.media.fading import blended_sounds, counted, overlapped
from orchestrator.media.joining import labels
from orchestrator.media.pictures import picture
from orchestrator.media.recoding import _exactly
from tests.media.conftest import Packets, Pictures

OTHER = Caption("other", "夜幕降临", "0:00")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another film of the same kind."""
    path = tmp_path / "other.mp4"
    render(OTHER, Decimal(3), path)
    return path


@pytest.fixture
def grown(film: Path, tmp_path: Path) -> Path:
    """The first film and three seconds more."""
    path = tmp_path / "grown.mp4"
    extend(film, OTHER, Decimal(3), path)
    return path


def test_films_of_a_kind_are_copied(film: Path, other: Path, tmp_path: Path, packets: Packets) -> None:
    """Packet for packet the one, then the other; decoded before the film takes its name."""
    out = tmp_path / "out.mp4"
    done = stitch([Piece(film), Piece(other)], out)
    assert done.copied
    assert done.seconds == Decimal("8.000")
    assert packets(out) == packets(film) + packets(other)


def test_what_a_branch_shares_is_not_doubled(
    film: Path, grown: Path, tmp_path: Path, packets: Packets
) -> None:
    """Of a film grown out of another only the new seconds follow it."""
    out = tmp_path / "out.mp4"
    done = stitch([Piece(film), Piece(grown, Decimal("5.0"))], out)
    assert done.copied
    assert packets(out) == packets(grown)


def test_pictures_that_lean_on_later_ones_are_copied(
    film: Path, other: Path, tmp_path: Path, pictures: Pictures
) -> None:
    """Films with B-frames, as providers send them, are copied without one picture lost or moved."""
    leaning = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for source, path in zip((film, other), leaning, strict=True):
        again(source, path, "3")
    out = tmp_path / "out.mp4"
    assert stitch([Piece(path) for path in leaning], out).copied
    shown, wanted = pictures(out), pictures(leaning[0]) + pictures(leaning[1])
    assert [each.tobytes() for each in shown] == [each.tobytes() for each in wanted]


@pytest.mark.parametrize(("frames", "leaning"), [("0", True), ("3", False)])
def test_a_film_can_be_left_before_its_end(
    film: Path, other: Path, tmp_path: Path, pictures: Pictures, frames: str, leaning: bool
) -> None:
    """Up to a picture near its end a film is copied, or encoded where pictures lean on what is left out."""
    one, out = tmp_path / "one.mp4", tmp_path / "out.mp4"
    again(film, one, frames)
    until = Decimal(58) / 12  # two of its sixty pictures are left out
    done = stitch([Piece(one, until=until), Piece(other, Decimal(0), (Mark("other", Decimal(0)),))], out)
    shown, wanted = pictures(out), pictures(one)[:58] + pictures(other)
    assert len(shown) == len(wanted) == 94
    assert done.chapters[0].begins == Decimal("4.833")
    for number in (0, 56, 57, 58, 93):
        assert distance(shown[number], wanted[number]) < 6, number
    assert distance(shown[57], shown[58]) > 6
    assert stitch([Piece(one, until=until)], out).copied is leaning
    assert len(pictures(out)) == 58
    for ending in (None, Decimal(5), Decimal("4.97"), Decimal(9)):
        assert stitch([Piece(one, until=ending)], out).seconds == Decimal("5.000")
    with pytest.raises(BrokenVideoError):
        stitch([Piece(one, Decimal(3), until=Decimal(3))], out)


def again(film: Path, path: Path, frames: str) -> None:
    """The same pictures encoded with so many that lean on later ones, as providers send them."""
    with av.open(str(film)) as plain, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"bf": frames, "b-adapt": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for frame in plain.decode(video=0):
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_a_cut_between_key_frames_is_encoded(
    film: Path, other: Path, tmp_path: Path, pictures: Pictures
) -> None:
    """Where packets cannot be copied, every frame from the cut on is there, and none before it."""
    out = tmp_path / "out.mp4"
    done = stitch([Piece(other), Piece(film, Decimal("1.25"))], out)
    assert not done.copied
    assert done.seconds == Decimal("6.750")
    shown, wanted = pictures(out), pictures(other) + pictures(film)[15:]
    assert len(shown) == len(wanted) == 81
    for number in (0, 35, 36, 37, 60, 80):
        assert distance(shown[number], wanted[number]) < 6, number


def test_another_size_and_rate_is_brought_to_the_first(film: Path, tmp_path: Path) -> None:
    """A film of another size and rate is fitted in, as long as it was."""
    tall, out = tmp_path / "tall.mp4", tmp_path / "out.mp4"
    render(OTHER, Decimal(2), tall, size=(180, 320), fps=24)
    done = stitch([Piece(film), Piece(tall)], out)
    (stream,) = inspect(out).streams[:1]
    assert not done.copied
    assert (stream.size, stream.fps) == ((320, 180), Decimal("12.000"))
    assert abs(done.seconds - 7) <= Decimal("0.09")


def test_a_cross_fade_blends_and_loses_nothing(
    film: Path, other: Path, tmp_path: Path, pictures: Pictures
) -> None:
    """Within the fade both films are seen, the one leaving and the other coming; outside it only one."""
    out = tmp_path / "out.mp4"
    marks = [(Mark("one", Decimal(0)),), (Mark("two", Decimal(0)),)]
    done = stitch([Piece(film, marks=marks[0]), Piece(other, marks=marks[1])], out, fade=Decimal(1))
    assert not done.copied
    assert done.seconds == Decimal("7.000")
    assert [(each.begins, each.ends) for each in done.chapters] == [
        (Decimal(0), Decimal(4)),
        (Decimal(4), Decimal(7)),
    ]
    shown, leaving, coming = pictures(out), pictures(film), pictures(other)
    assert len(shown) == 84
    for number in (0, 20, 47):
        assert distance(shown[number], leaving[number]) < 6, number
    for number in (60, 70, 83):
        assert distance(shown[number], coming[number - 48]) < 6, number
    for number in (48, 51, 54, 59):
        share = (number - 47) / 13
        assert distance(shown[number], Image.blend(leaving[number], coming[number - 48], share)) < 6, number
    assert distance(shown[54], leaving[54]) > 6 < distance(shown[54], coming[6])


def test_a_fade_longer_than_a_film_is_refused(film: Path, other: Path, tmp_path: Path) -> None:
    """A film in the middle fades on both sides: it must be as long as both; one film alone never fades."""
    with pytest.raises(PlanError, match="too short to fade"):
        stitch([Piece(film), Piece(other), Piece(film)], tmp_path / "out.mp4", fade=Decimal(2))
    assert stitch([Piece(film)], tmp_path / "out.mp4", fade=Decimal(2)).copied


@pytest.mark.parametrize("lengths", [[5, 4, 5], [2, 4, 3], [9], [7, 2]])
def test_pieces_overlap_as_their_times_say(lengths: list[int]) -> None:
    """Every item comes once, in order; those that two pieces share come blended, ever more of the next."""
    times = spread([Fraction(each) for each in lengths], Fraction(2))
    counts, shared = counted(times, Fraction(1))
    assert counts == lengths
    assert shared == [2] * (len(lengths) - 1)
    pieces = [
        [f"{name}{number}" for number in range(count)] for name, count in zip("abc", counts, strict=False)
    ]
    found = list(overlapped(pieces, shared, lambda one, two, share: f"{one}>{two}:{share}"))
    assert len(found) == times[-1][1]
    if lengths == [5, 4, 5]:
        assert found == [
            *("a0", "a1", "a2", "a3>b0:1/3", "a4>b1:2/3"),
            *("b2>c0:1/3", "b3>c1:2/3", "c2", "c3", "c4"),
        ]


def test_sounds_cross() -> None:
    """Samples are weighed by their share, and neither sum can overflow."""
    loud, soft = array("h", [32767, -32768, 0]).tobytes(), array("h", [-32768, -32768, 400]).tobytes()
    assert array("h", blended_sounds(loud, soft, Fraction(1, 4))).tolist() == [16383, -32768, 100]


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, seen from afar."""
    pairs = zip(one.resize((32, 18)).tobytes(), other.resize((32, 18)).tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (32 * 18 * 3)


@pytest.mark.parametrize(
    "first", [(1, 1), (5, 1), (1, 2), (2, 0)], ids=["HD", "SD", "full range", "says nothing"]
)
def test_colours_are_kept_and_said(film: Path, other: Path, tmp_path: Path, first: tuple[int, int]) -> None:
    """Encoded anew, a film says of its colours what its first piece says, and all of it looks as it did."""
    pieces, out = [tmp_path / "a.mp4", tmp_path / "b.mp4", tmp_path / "c.mp4"], tmp_path / "out.mp4"
    for path, source, (space, reach) in zip(
        pieces, (film, other, film), (first, (5, 2), (1, 1)), strict=True
    ):
        with av.open(str(source)) as plain, av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=12, options={"crf": "10"})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            say(stream, Colours(space, reach, space, space))
            for frame in plain.decode(video=0):
                wanted = {"dst_colorspace": 5 if space == 2 else space, "dst_color_range": reach or 1}
                coloured = frame.reformat(format="rgb24").reformat(format="yuv420p", **wanted)
                coloured.pts, coloured.time_base = frame.pts, frame.time_base
                container.mux(stream.encode(coloured))
            container.mux(stream.encode())
    stitch([Piece(path) for path in pieces], out)
    with av.open(str(out)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.colorspace, codec.color_range) == first
        shown = [picture(frame) for frame in container.decode(video=0)]
    for number, source, own in ((10, film, 10), (70, other, 10), (106, film, 10)):
        with av.open(str(source)) as plain:
            wanted_picture = [picture(frame) for frame in plain.decode(video=0)][own]
        means = ImageStat.Stat(shown[number]).mean, ImageStat.Stat(wanted_picture).mean
        assert all(abs(a - b) < 3.5 for a, b in zip(*means, strict=True)), (number, means)


def loudness(path: Path) -> list[int]:
    """The number of samples of its sound."""
    with av.open(str(path)) as container:
        return [frame.samples for frame in container.decode(audio=0)]


def test_sound_is_carried_and_silence_fills_the_rest(loud: Path, film: Path, tmp_path: Path) -> None:
    """Where one film has sound, the whole has, as long as its pictures; pictures are copied still."""
    out = tmp_path / "out.mp4"
    done = stitch([Piece(film), Piece(loud)], out)
    assert done.sound
    assert done.seconds == Decimal("10.000")
    sound = Fraction(sum(loudness(out)), 48_000)
    assert abs(sound - 10) < Fraction(1, 10)


def test_sound_begins_with_its_pictures(loud: Path, film: Path, tmp_path: Path) -> None:
    """However a film's sound is cut into frames, a piece's own begins at the very sample of its picture."""
    beep = array("h", [0] * 2 * 4000 + [9000] * 2 * 96).tobytes()
    for begins in (-700, -4000, 0, 700):
        # Sound as it is decoded: stretches of 1024 samples that begin before or after the piece does.
        stretches = [(begins + at, beep[at * 4 : (at + 1024) * 4]) for at in range(0, 4096, 1024)]
        found = array("h", b"".join(_exactly(stretches, 5000)))
        assert len(found) == 2 * 5000
        assert found.index(9000) == 2 * (4000 + begins), begins


def test_sound_fades_with_the_pictures(film: Path, loud: Path, tmp_path: Path) -> None:
    """A faded film's sound is as long as its pictures, whichever of its films has any."""
    out = tmp_path / "out.mp4"
    done = stitch([Piece(loud), Piece(film), Piece(loud)], out, fade=Decimal("0.5"))
    assert (done.seconds, done.sound) == (Decimal("14.000"), True)
    assert abs(Fraction(sum(loudness(out)), 48_000) - 14) < Fraction(1, 10)


def test_chapters_are_named_and_leave_no_gap(film: Path, grown: Path, tmp_path: Path) -> None:
    """Chapters begin where their steps do in the joined film, read back from the file."""
    out = tmp_path / "out.mp4"
    marks = (Mark("锦鲤 · source", Decimal(0)), Mark("锦鲤 · leap", Decimal(5)))
    stitch([Piece(grown, marks=marks), Piece(film, marks=(Mark("night", Decimal(0)),))], out)
    found = [(each.title, each.begins, each.ends) for each in inspect(out).chapters]
    assert found == [
        ("锦鲤 · source", Decimal("0.000"), Decimal("5.000")),
        ("锦鲤 · leap", Decimal("5.000"), Decimal("8.000")),
        ("night", Decimal("8.000"), Decimal("13.000")),
    ]


def test_chapters_outside_their_piece_are_moved_to_its_ends() -> None:
    """A mark before the cut begins with the piece; one behind its end would be empty, and is left out."""
    piece = Piece(
        Path("a"), Decimal(5), (Mark("a", Decimal(2)), Mark("b", Decimal(7)), Mark("c", Decimal(9)))
    )
    found = laid_out([piece], [Fraction(3)])
    assert [(each.title, each.begins, each.ends) for each in found] == [
        ("a", Decimal(0), Decimal(2)),
        ("b", Decimal(2), Decimal(3)),
    ]


def test_labels_survive_and_the_strongest_leads(film: Path, other: Path, tmp_path: Path) -> None:
    """Both films' labels of made media are in the joined film, whatever happened to the pictures."""
    for number, since in enumerate((Decimal(0), Decimal("1.25"))):
        out = tmp_path / f"{number}.mp4"
        stitch([Piece(film), Piece(other, since)], out)
        with av.open(str(out)) as container:
            kept = container.metadata
        first, second = inspect(film).label, inspect(other).label
        assert first is not None
        assert second is not None
        assert (kept["AIGC"], kept["AIGC.2"]) == (first.text, second.text)
    maybe, surely = json.dumps({"Label": "2"}), json.dumps({"Label": "1"})
    assert labels([{"AIGC": "no json"}, {"AIGC": maybe}, {"AIGC": surely}, {"AIGC": maybe}]) == {
        "AIGC": surely,
        "AIGC.2": maybe,
        "AIGC.3": "no json",
    }


def test_a_broken_film_leaves_the_place_as_it_was(film: Path, tmp_path: Path) -> None:
    """What does not decode is not joined, and no half of it lies about."""
    damaged, out = tmp_path / "damaged.mp4", tmp_path / "out.mp4"
    whole = film.read_bytes()
    begin = whole.index(b"mdat") + 20_000
    damaged.write_bytes(whole[:begin] + bytes(9000) + whole[begin + 9000 :])
    out.write_text("mine")
    with pytest.raises(BrokenVideoError):
        stitch([Piece(film), Piece(damaged)], out)
    with pytest.raises(BrokenVideoError):
        stitch([Piece(film, Decimal(99))], out)
    with pytest.raises(DiskError):
        stitch([Piece(film)], tmp_path / "nowhere" / "out.mp4")
    assert out.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged.mp4", "out.mp4"]


def test_progress_grows_to_the_end(film: Path, other: Path, tmp_path: Path) -> None:
    """Who watches sees it grow."""
    seen: list[float] = []
    stitch([Piece(film), Piece(other)], tmp_path / "out.mp4", seen.append)
    assert seen == sorted(seen)
    assert 0.9 < seen[-2] <= seen[-1] == 1
    assert check(tmp_path / "out.mp4").seconds == 8

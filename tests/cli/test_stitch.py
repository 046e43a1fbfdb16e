"""`orchestrate stitch`: chains of the sandbox joined into one film, nothing twice, nothing missing."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import av
import pytest
from opentimelineio.adapters import read_from_file

from orchestrator.media import inspect
from tests.certificates import Authority
from tests.cli.conftest import Type

PLAN = """\
version: 1
name: pond
provider: {name: sandbox, speed: 500}
chains:
  koi:
    source: {task_id: CjhDaWgU7GAAAAAAAb1QfA, video_id: bc17f1e8-6c7b-440c-bd30-e47fb1c82932}
    steps: [锦鲤缓缓游过荷叶, {id: leap, prompt: 锦鲤跃出水面}]
  night:
    source: {chain: koi, step: 1}
    steps: [夜幕降临]
  same:
    source: {chain: koi}
    steps: []
  frog:
    source: {text: {prompt: 青蛙, model_name: kling-v1-6}}
    steps: [青蛙跳]
"""


@pytest.fixture
def pond(type_in: Type) -> Path:
    """The films of four chains, two of which grow out of the first."""
    Path("pond.yaml").write_text(PLAN, "utf-8")
    assert type_in("run", "pond.yaml", "--yes").status == 0
    return Path(".orchestrate/films/pond")


def packets(path: Path) -> list[bytes]:
    """The packets of its picture."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_plan_becomes_one_film(pond: Path, type_in: Type) -> None:
    """Every second that was made is in it once, in the order of the plan, in chapters, labelled."""
    typed = type_in("stitch", "pond.yaml", "-o", "whole.mp4")
    assert typed.status == 0, typed.err
    assert "pond:same: adds nothing" in typed.err
    koi, night, frog = (packets(pond / f"{name}.mp4") for name in ("koi", "night", "frog"))
    shared = next(n for n, (a, b) in enumerate(zip(koi, night, strict=False)) if a != b)
    assert packets(Path("whole.mp4")) == koi + night[shared:] + frog
    found = inspect(Path("whole.mp4"))
    titles = ["koi · source", "koi · 1", "koi · leap", "night · 1", "frog · source", "frog · 1"]
    assert [chapter.title for chapter in found.chapters] == titles
    assert found.chapters[-1].ends == found.seconds
    assert found.label is not None
    assert found.label.fields["Label"] == "1"
    assert found.seconds == sum((each.ends - each.begins for each in found.chapters), Decimal(0))


def test_chains_are_joined_in_the_order_they_are_named(pond: Path, type_in: Type) -> None:
    """The words decide: a branch first shows all of itself, and its source only what it does not show."""
    assert type_in("stitch", "night", "pond:koi", "-o", "film.mp4").status == 0
    koi, night = packets(pond / "koi.mp4"), packets(pond / "night.mp4")
    shared = next(n for n, (a, b) in enumerate(zip(koi, night, strict=False)) if a != b)
    assert packets(Path("film.mp4")) == night + koi[shared:]
    assert type_in("stitch", "night", "-o", "night.mp4").status == 0
    assert packets(Path("night.mp4")) == night


def test_a_cut_is_read_by_the_library_of_its_format(pond: Path, type_in: Type) -> None:
    """OpenTimelineIO's own library finds every step as a shot of a kept file, each picture once."""
    assert type_in("stitch", "pond.yaml", "-o", "whole.mp4").status == 0
    typed = type_in("stitch", "pond.yaml", "-o", "whole.otio")
    assert typed.status == 0, typed.err
    cut = read_from_file("whole.otio")
    (track,) = cut.video_tracks()
    assert not cut.audio_tracks()
    film = inspect(Path("whole.mp4"))
    assert [shot.name for shot in track] == [chapter.title for chapter in film.chapters]
    assert cut.duration().to_seconds() == pytest.approx(float(film.seconds), abs=0.001)
    frames = [shown(shot) for shot in track]
    assert [frame for shot in frames for frame in shot] == packets(Path("whole.mp4"))


def test_a_cut_dissolves_where_the_film_would(pond: Path, type_in: Type) -> None:
    """With --fade the cut has dissolves between its parts and is as long as the faded film."""
    assert type_in("stitch", "pond.yaml", "-o", "whole.mp4", "--fade", "0.5").status == 0
    assert type_in("stitch", "pond.yaml", "-o", "whole.otio", "--fade", "0.5").status == 0
    cut = read_from_file("whole.otio")
    kinds = [each.schema_name() for each in cut.video_tracks()[0]]
    assert kinds == ["Clip"] * 3 + ["Transition", "Clip", "Transition", "Clip", "Clip"]
    length = float(inspect(Path("whole.mp4")).seconds)
    assert cut.duration().to_seconds() == pytest.approx(length, abs=0.001)
    assert type_in("stitch", "koi", "-o", "x.mp4", "--fade", "6").status == 2


def shown(shot: Any) -> list[bytes]:
    """The packets of the pictures that a shot shows of its file."""
    path = Path(url2pathname(urlsplit(shot.media_reference.target_url).path))
    begins, count = int(shot.source_range.start_time.value), int(shot.source_range.duration.value)
    available = shot.available_range()
    assert len(packets(path)) == int(available.duration.value) >= begins + count
    return packets(path)[begins : begins + count]


def test_a_film_is_signed_when_asked(pond: Path, type_in: Type, tmp_path: Path) -> None:
    """Signed with an authority made here, the film says who signed it and which kept files it was made of."""
    chain, key = Authority(tmp_path).signer("锦鲤")
    typed = type_in("stitch", "pond.yaml", "-o", "whole.mp4", "--sign", str(chain), str(key))
    assert typed.status == 0, typed.err
    assert "signed, and the signature read back" in typed.err
    shown = type_in("inspect", "whole.mp4")
    assert "signed by 锦鲤 of Pond; unchanged since" in shown.out
    assert shown.out.count("made of ") == 3
    assert "made by AI (AIGC Label 1)" in shown.out
    found = json.loads(type_in("inspect", "whole.mp4", "--json").out)
    assert found["signature"]["holds"] is True
    assert found["further"][0]["fields"]["Label"] == "1"
    for wrong in (("-o", "cut.otio", "--sign", str(chain), str(key)), ("--sign", str(key), str(chain))):
        assert type_in("stitch", "pond.yaml", *wrong).status == 2
    assert not Path("film.mp4").exists()
    assert not Path("cut.otio").exists()


def test_nothing_is_written_over_unasked(pond: Path, type_in: Type) -> None:
    """A film that is there stays unless --force says otherwise, and a kept film stays always."""
    Path("film.mp4").write_text("mine")
    typed = type_in("stitch", "koi")
    assert (typed.status, Path("film.mp4").read_text()) == (2, "mine")
    assert type_in("stitch", "koi", "--force").status == 0
    assert inspect(Path("film.mp4")).broken is None
    kept = next(Path(".orchestrate/videos").glob("*.mp4"))
    before = kept.read_bytes()
    assert type_in("stitch", "koi", "-o", str(kept), "--force").status == 2
    assert kept.read_bytes() == before


def test_what_is_missing_is_said(pond: Path, type_in: Type) -> None:
    """An unfinished chain is joined as far as it goes, one without a film is left out; both by status."""
    more = PLAN.replace("steps: [青蛙跳]", "steps: [青蛙跳, 青蛙叫]")
    more += "  new:\n    source: {text: {prompt: 新}}\n    until: 5\n"
    Path("pond.yaml").write_text(more, "utf-8")
    typed = type_in("stitch", "pond.yaml")
    assert typed.status == 3
    assert "pond:frog: joined as far as it goes" in typed.err
    assert "pond:new: left out, nothing of it is made yet" in typed.err
    for kept in Path(".orchestrate/videos").glob("*.mp4"):
        kept.unlink()
    typed = type_in("stitch", "koi", "--force")
    assert typed.status == 2
    assert "orchestrate fetch" in typed.err


def test_words_that_mean_nothing_are_named(type_in: Type) -> None:
    """A typo ends before anything is written, as does a name that is no film's."""
    assert type_in("stitch", "nowhere").status == 2
    assert type_in("stitch", "nowhere", "-o", "film.avi").status == 2
    assert list(Path().glob("*.mp4")) == []

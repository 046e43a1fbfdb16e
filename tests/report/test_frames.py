"""Frames of kept films: the right ones, made once, and never an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from orchestrator.facts import FileDropped
from orchestrator.report.frames import HEIGHT, Frames, Still, sheet
from orchestrator.report.paths import scenes
from tests.report.filmed import Filmed, filmed


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """One state folder for the tests that only read it."""
    return filmed(tmp_path_factory.mktemp("state") / ".orchestrate")


def unlike(one: Path, other: Path) -> float:
    """How much two frames of equal size differ, on average, of 255."""
    with Image.open(one) as first, Image.open(other) as second:
        return max(ImageStat.Stat(ImageChops.difference(first, second)).mean)


def test_every_still_of_a_film_is_made_once(kept: Filmed) -> None:
    """Poster, last frame and both sides of the join are small JPEGs, and a second wish reads the first's."""
    frames, tip = Frames(kept.state), kept.chain[-1]
    for which in Still:
        path = frames.still(kept.lineage, tip, which)
        assert path is not None
        with Image.open(path) as image:
            assert (image.format, image.height) == ("JPEG", min(180, HEIGHT[which.value]))
        made = path.stat().st_mtime_ns
        assert frames.still(kept.lineage, tip, which) == path
        assert path.stat().st_mtime_ns == made


def test_the_pair_at_a_join_stands_on_both_sides_of_it(kept: Filmed) -> None:
    """The frame before the join is the parent's last one; the frame after it shows the new prompt."""
    frames, lineage = Frames(kept.state), kept.lineage
    parent, child = kept.chain[0], kept.chain[1]
    ends = frames.still(lineage, parent, Still.LAST)
    before = frames.still(lineage, child, Still.BEFORE)
    after = frames.still(lineage, child, Still.AFTER)
    assert ends
    assert before
    assert after
    assert unlike(ends, before) < 3 < unlike(before, after)


def test_a_source_has_no_join(kept: Filmed) -> None:
    """What begins a film has a poster and a last frame, and no pair."""
    frames = Frames(kept.state)
    assert frames.still(kept.lineage, kept.root, Still.POSTER)
    assert frames.still(kept.lineage, kept.root, Still.BEFORE) is None


def test_a_missing_or_broken_film_is_no_error(tmp_path: Path) -> None:
    """Where a file is gone, broken, dropped or not made yet there is no still, and the sheet has a cell."""
    story = filmed(tmp_path / ".orchestrate")
    first, second, third, tip = story.chain
    (story.state / "videos" / f"{first}.mp4").unlink()
    (story.state / "videos" / f"{second}.mp4").write_bytes(b"\0\0\0\x18ftypmp42 not a film")
    story.history.write(FileDropped(story.history.now, third, "gc"))
    (story.state / "videos" / f"{tip}.mp4").unlink()
    frames, lineage = Frames(story.state), story.lineage
    open_take = next(iter(lineage.open))
    for key in (first, second, third, tip, open_take):
        assert [frames.still(lineage, key, which) for which in Still] == [None] * 4
    sheet(story.state, lineage, scenes(lineage, open_take, {}), tmp_path / "sheet.jpg", seams=False)
    with Image.open(tmp_path / "sheet.jpg") as image:
        assert image.width > 1000


def test_frames_outlive_their_film(tmp_path: Path) -> None:
    """After the file was thinned out, what was made of it is still shown."""
    story = filmed(tmp_path / ".orchestrate", underway=False)
    frames, key = Frames(story.state), story.chain[0]
    poster = frames.still(story.lineage, key, Still.POSTER)
    (story.state / "videos" / f"{key}.mp4").unlink()
    story.history.write(FileDropped(story.history.now, key, "gc"))
    assert frames.still(story.lineage, key, Still.POSTER) == poster


def test_a_film_that_was_thinned_out_is_shown_from_a_longer_one(kept: Filmed, tmp_path: Path) -> None:
    """The whole film contains every step, so a sheet needs only the last file; a pair for every join."""
    lineage = kept.lineage
    those = scenes(lineage, kept.chain[-1], {})
    sheet(kept.state, lineage, those, tmp_path / "whole.png", seams=False)
    sheet(kept.state, lineage, those, tmp_path / "seams.png", seams=True)
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "seams.png") as seams:
        assert seams.height > whole.height

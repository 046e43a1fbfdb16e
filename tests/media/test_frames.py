"""Single frames are the right ones, and a sheet has a cell for every film, shown or not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from orchestrator.errors import DiskError, PlanError
from orchestrator.media import BrokenVideoError, Caption, contact_sheet, extend, frame_at, last_frame

Pictures = Callable[[Path], list[Image.Image]]


@pytest.fixture(scope="module")
def longer(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds whose last frame is in the middle of a key interval."""
    path = tmp_path_factory.mktemp("longer") / "film.mp4"
    extend(film, Caption("koi · step 8", "锦鲤跃出水面", "0:05 – 0:09"), Decimal("3.75"), path)
    return path


def same(out: Path, frame: Image.Image) -> bool:
    """Whether the file is exactly this frame."""
    with Image.open(out) as image:
        return image.convert("RGB").tobytes() == frame.tobytes()


def test_the_last_frame_is_the_very_last(tmp_path: Path, longer: Path, pictures: Pictures) -> None:
    """What a continuation starts from is the last frame, exactly, not one before it."""
    last_frame(longer, tmp_path / "last.png")
    shown = pictures(longer)
    assert same(tmp_path / "last.png", shown[-1])
    assert not same(tmp_path / "last.png", shown[-2])


@pytest.mark.parametrize(
    ("seconds", "number"),
    [
        ("-1", 0),
        ("0", 0),
        ("0.083", 0),
        ("0.084", 1),
        ("4.999", 59),
        ("5", 60),
        ("6.5", 78),
        ("8.7", 104),
        ("99", 104),
    ],
)
def test_a_frame_is_the_one_on_screen_at_that_time(
    tmp_path: Path, longer: Path, pictures: Pictures, seconds: str, number: int
) -> None:
    """A frame is taken at its time, across key frames and the seam; outside the film it is the nearest."""
    frame_at(longer, Decimal(seconds), tmp_path / "frame.png")
    assert same(tmp_path / "frame.png", pictures(longer)[number])


def test_a_jpeg_looks_like_the_frame(tmp_path: Path, film: Path, pictures: Pictures) -> None:
    """A frame can be had as JPEG, close to what was decoded."""
    last_frame(film, tmp_path / "last.JPG")
    with Image.open(tmp_path / "last.JPG") as image:
        assert image.format == "JPEG"
        difference = ImageChops.difference(image.convert("RGB"), pictures(film)[-1]).convert("L")
    assert max(level for level, count in enumerate(difference.histogram()) if count) < 40


def test_another_suffix_and_a_missing_folder_are_told(tmp_path: Path, film: Path) -> None:
    """A name that cannot be written is told, and nothing is left behind."""
    with pytest.raises(PlanError, match=r"\.jpg or \.png"):
        last_frame(film, tmp_path / "last.gif")
    with pytest.raises(DiskError, match="cannot be written"):
        frame_at(film, Decimal(1), tmp_path / "none" / "frame.png")
    with pytest.raises(BrokenVideoError):
        last_frame(tmp_path / "none.mp4", tmp_path / "last.png")
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_has_a_cell_for_every_film(tmp_path: Path, film: Path) -> None:
    """Films, broken ones, missing ones and none at all each take their cell, in rows as asked for."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"<html>")
    out = tmp_path / "sheet.png"
    films = [film, None, broken, tmp_path / "none.mp4", film]
    contact_sheet(
        [(path, Decimal(3), f"koi.鲤 {number}") for number, path in enumerate(films)], out, columns=3
    )
    with Image.open(out) as sheet:
        assert sheet.size == (3 * 276 + 20, 2 * 190 + 20)
        cells = [sheet.crop((20 + x, 20 + y, 276 + x, 164 + y)) for y in (0, 190) for x in (0, 276, 552)]
    colours = [len(cell.convert("RGB").getcolors(100_000) or []) for cell in cells]
    shown = [count > 1000 for count in colours]
    assert shown == [True, False, False, False, True, False]
    assert colours[5] == 1
    assert cells[0].tobytes() == cells[4].tobytes()
    assert cells[1].tobytes() != cells[2].tobytes() != cells[3].tobytes()


@pytest.mark.parametrize("label", ["", "🐟\x1b[31m", "很长的名字" * 500])
def test_any_label_can_be_drawn(tmp_path: Path, label: str) -> None:
    """No label stops the sheet, and an empty list gives an empty sheet."""
    contact_sheet([(None, Decimal("0.5"), label)], tmp_path / "one.png")
    contact_sheet([], tmp_path / "none.jpg")
    for name in ("one.png", "none.jpg"):
        with Image.open(tmp_path / name) as image:
            assert image.size == (296, 210)

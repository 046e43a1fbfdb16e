"""How far films have drifted, measured on films that were made to drift by so much."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator.drift import Drift
from orchestrator.lineage import Comparison, Excerpt
from orchestrator.media import BrokenVideoError, Caption, Grade, extend, last_frame, measure, render

FIVE = Decimal(5)
Size = tuple[int, int]


@pytest.fixture
def drifted(film: Path, caption: Caption, tmp_path: Path) -> Drift:
    """The same scene again, as it was."""
    return again(film, caption, tmp_path, Grade())


def again(film: Path, caption: Caption, folder: Path, grade: Grade) -> Drift:
    """What is measured of the film and five seconds more of its own scene, graded."""
    out = folder / "grown.mp4"
    extend(film, caption, FIVE, out, grade=grade)
    source = Excerpt(out.name, Decimal(0), FIVE)
    return measure(Comparison(source, source, Excerpt(out.name, FIVE, 2 * FIVE)), folder)


def test_the_same_scene_has_not_drifted(drifted: Drift) -> None:
    """A scene that only goes on is measured as next to nothing, and its join is not to be seen."""
    assert drifted.amount < Decimal("0.12")
    assert drifted.seam is not None
    assert drifted.seam < Decimal("0.05")


@pytest.mark.parametrize(
    ("name", "grade", "amount"),
    [
        ("brightness", Grade(light=0.7), -0.4),
        ("saturation", Grade(colour=1.5), 0.5),
        ("saturation", Grade(colour=0.5), -0.8),
        ("contrast", Grade(contrast=0.7), -0.3),
        ("sharpness", Grade(blur=0.5), -0.25),
        ("sharpness", Grade(blur=1), -0.95),
        ("sharpness", Grade(blur=2), -1.9),
    ],
)
def test_what_was_changed_is_measured(
    film: Path, caption: Caption, tmp_path: Path, name: str, grade: Grade, amount: float
) -> None:
    """Each of the four is found with its sign and about its size; what only blurs leaves the others alone."""
    found = again(film, caption, tmp_path, grade)
    assert float(found.parts[name]) == pytest.approx(amount, abs=0.2)
    if name in ("sharpness", "saturation"):
        assert found.largest == name


def test_a_hard_cut_is_a_seam(film: Path, caption: Caption, tmp_path: Path) -> None:
    """Another scene begins with a seam, however alike its light and colour are."""
    found = again(film, Caption("", "另一个场景", ""), tmp_path, Grade())
    assert found.seam is not None
    assert found.seam > Decimal("0.5")


def test_a_film_that_goes_on_from_a_frame_keeps_its_look(
    film: Path, caption: Caption, tmp_path: Path
) -> None:
    """The sandbox paints on in the light and colours of the picture it was given, in a file of its own."""
    last_frame(film, tmp_path / "last.png")
    (tmp_path / "film.mp4").symlink_to(film)
    picture = (tmp_path / "last.png").read_bytes()
    render(caption, FIVE, tmp_path / "next.mp4", image=picture)
    source = Excerpt("film.mp4", Decimal(0), FIVE)
    found = measure(Comparison(source, source, Excerpt("next.mp4", Decimal(0), FIVE)), tmp_path)
    assert found.amount < Decimal("0.35")


def test_a_broken_film_is_told(film: Path, tmp_path: Path) -> None:
    """What cannot be decoded is not measured as something."""
    (tmp_path / "text.mp4").write_text("hello")
    excerpt = Excerpt("text.mp4", Decimal(0), FIVE)
    with pytest.raises(BrokenVideoError):
        measure(Comparison(excerpt, excerpt, excerpt), tmp_path)

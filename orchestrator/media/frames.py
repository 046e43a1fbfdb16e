"""Takes single frames out of films, and lays many out on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from orchestrator.media.loading import load


def last_frame(path: Path, out: Path) -> None:
    """Write the film's very last frame as JPEG or PNG, in full size.

    `out` appears complete or not at all. Raises BrokenVideoError, DiskError, or PlanError
    when `out` is named neither .jpg nor .png.
    """
    load()
    from orchestrator.media.libav import opened
    from orchestrator.media.pictures import last_frame_of, picture, save

    with opened(path) as film:
        image = picture(last_frame_of(film), name=film.name)
    save(image, out)


def frame_at(path: Path, seconds: Decimal, out: Path) -> None:
    """Write the frame on screen at that time; a time outside the film gives its first or last frame.

    `out` appears complete or not at all. Raises BrokenVideoError, DiskError, or PlanError
    when `out` is named neither .jpg nor .png.
    """
    load()
    from orchestrator.media.libav import opened
    from orchestrator.media.pictures import frame_of, picture, save

    with opened(path) as film:
        image = picture(frame_of(film, seconds), name=film.name)
    save(image, out)


def small_frame(path: Path, seconds: Decimal | None, out: Path, height: int) -> None:
    """Write the frame on screen at that time, or the last one, as a small JPEG of that height in pixels.

    A film lower than that keeps its size. `out` appears complete or not at all. Raises
    BrokenVideoError, DiskError, or PlanError when `out` is not named .jpg.
    """
    load()
    from orchestrator.media.libav import opened
    from orchestrator.media.pictures import SMALL, frame_of, last_frame_of, picture, save

    with opened(path) as film:
        frame = last_frame_of(film) if seconds is None else frame_of(film, seconds)
        scale = min(1.0, height / frame.height)
        size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
        image = picture(frame, size, film.name)
    save(image, out, SMALL)


def contact_sheet(items: Sequence[tuple[Path | None, Decimal, str]], out: Path, columns: int = 6) -> None:
    """Lay out one small frame per (film, time, label), in order, row by row.

    A film that is missing or broken leaves an empty cell with its label. Raises DiskError, or PlanError
    when `out` is named neither .jpg nor .png.
    """
    load()
    from orchestrator.media.pictures import save
    from orchestrator.media.sheet import drawn_sheet

    save(drawn_sheet(items, columns), out)

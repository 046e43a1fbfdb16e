"""Turns decoded frames into pictures, and pictures into files (loads av and Pillow)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.video.frame import VideoFrame
from PIL import Image

from orchestrator.errors import PlanError
from orchestrator.media.errors import broken
from orchestrator.media.libav import Film, understood
from orchestrator.media.writing import replacing

FULL: Final[Mapping[str, int]] = {"quality": 95, "subsampling": 0, "compress_level": 4}
SMALL: Final[Mapping[str, int]] = {"quality": 72, "subsampling": 2, "optimize": 1}
"""How files are written: to be looked at, or to be many on one page."""

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}


def last_frame_of(film: Film) -> VideoFrame:
    """The frame shown last; raises BrokenVideoError when there is none."""
    end = Decimal(film.video.duration or 0) * film.time_base.numerator / film.time_base.denominator
    frame = _latest(film.frames(end))
    if frame is None:
        raise broken(film.name, "no frame of it decodes")
    return frame


def frame_of(film: Film, seconds: Decimal) -> VideoFrame:
    """The frame on screen at that time: the first one before the film, the last one after its end."""
    begin = (film.video.start_time or 0) * film.time_base
    shown = None
    for frame in film.frames(max(Decimal(0), seconds)):
        late = frame.pts is not None and frame.pts * film.time_base - begin > Fraction(seconds)
        if shown is not None and late:
            break
        shown = frame
    return shown or last_frame_of(film)


def picture(frame: VideoFrame, size: tuple[int, int] | None = None, name: str = "a frame") -> Image.Image:
    """The frame in RGB, scaled to exactly `size` where one is given."""
    width, height = size or (frame.width, frame.height)
    with understood(name):
        plane = frame.reformat(width=width, height=height, format="rgb24").planes[0]
        return Image.frombytes("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1)


def save(image: Image.Image, out: Path, options: Mapping[str, int] = FULL) -> None:
    """Write a JPEG or PNG, as the name says; raises DiskError, or PlanError for another name."""
    kind = _FORMATS.get(out.suffix.lower())
    if kind is None:
        raise PlanError(f"{out}: pictures are written as .jpg or .png; name it so")
    with replacing(out) as temporary:
        image.save(temporary, kind, **options)


def _latest(frames: Iterable[VideoFrame]) -> VideoFrame | None:
    latest = None
    for latest in frames:  # noqa: B007 -- only the last one is wanted
        pass
    return latest

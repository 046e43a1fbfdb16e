"""Finds the frame that a film is gone on from: its very last one, or the last before it fades away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.media.errors import BrokenVideoError, broken
from orchestrator.media.loading import load

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from orchestrator.media.libav import Film

_WINDOW: Final = Decimal(6)
"""Seconds at the end in which a fade is looked for; what is blank for longer is meant so."""

_BLANK: Final = 6.0
"""Contrast (of 255 greys, as a standard deviation) below which there is nothing in a picture."""

_PLATEAU: Final = 0.9
"""A fade begins where the contrast was last as high as this share of what it had been."""


@dataclass(frozen=True, slots=True)
class Still:
    """A frame as a JPEG, its SHA-256, and when it is shown, in seconds of the file."""

    content: bytes
    digest: str
    at: Decimal


def closing_frame(path: Path) -> Still:
    """The last frame of the film that shows something: equal files give equal bytes.

    It is exactly the last one, unless the film ends blank or cannot be decoded to its end; then it is the
    last one before the fade, or the last that decodes. Raises BrokenVideoError when there is none at all.
    """
    load()
    from orchestrator.media.libav import opened
    from orchestrator.media.pictures import FULL, picture

    with opened(path) as film:
        # Nearly always the last one will do, and the last group of pictures is all that is decoded.
        at, frame = _last(film, Decimal(0)) or _last(film, _WINDOW) or (Decimal(0), None)
        if frame is None:
            raise broken(film.name, "no frame of it decodes")
        if _contrast(frame, film.name) < _BLANK:
            at = _chosen([(time, _contrast(each, film.name)) for time, each in _ending(film, _WINDOW)])
            frame = next(each for time, each in _ending(film, _WINDOW) if time == at)
        image = picture(frame, name=film.name)
    out = BytesIO()
    image.save(out, "JPEG", **FULL)
    content = out.getvalue()
    return Still(content, hashlib.sha256(content).hexdigest(), at)


def _chosen(seen: Sequence[tuple[Decimal, float]]) -> Decimal:
    """The time of the frame to go on from, among the times and contrasts of the frames before a blank end."""
    times, contrasts = [time for time, _ in seen], [contrast for _, contrast in seen]
    shown = next((index for index in reversed(range(len(seen))) if contrasts[index] >= _BLANK), None)
    if shown is None:
        return times[-1]
    # Backwards through the fade: as long as the picture was clearer before, it was fading still.
    full = max(contrasts[: shown + 1])
    while contrasts[shown] < _PLATEAU * full:
        shown -= 1
    return times[shown]


def _last(film: Film, window: Decimal) -> tuple[Decimal, VideoFrame] | None:
    found = None
    for found in _ending(film, window):  # noqa: B007 -- only the last one is wanted
        pass
    return found


def _ending(film: Film, window: Decimal) -> Iterator[tuple[Decimal, VideoFrame]]:
    """The frames at the end with their times; what does not decode ends it."""
    length = Decimal(film.video.duration or 0) * film.time_base.numerator / film.time_base.denominator
    begin = film.video.start_time or 0
    try:
        for frame in film.frames(max(Decimal(0), length - window)):
            if frame.pts is not None and not frame.is_corrupt:
                yield _seconds((frame.pts - begin) * film.time_base), frame
    except BrokenVideoError:
        return


def _contrast(frame: VideoFrame, name: str) -> float:
    from PIL import ImageStat

    from orchestrator.media.pictures import picture

    found: float = ImageStat.Stat(picture(frame, (64, 36), name).convert("L")).stddev[0]
    return found


def _seconds(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.000001"))

"""Measures what stretches of films look like, on decoded frames (loads av and Pillow)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Final

from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageFilter, ImageStat

from orchestrator.drift import Drift, Look, drift, if_unrelated, unlikeness
from orchestrator.lineage import Comparison, Excerpt
from orchestrator.media.libav import Film, opened, understood
from orchestrator.media.pictures import frame_of

_SAMPLES: Final = 8
_SIDE: Final = 360
"""The shorter side of every picture when looked at, so that the size a provider sends matters little."""

_FINE, _ALL = ImageFilter.BoxBlur(2), ImageFilter.BoxBlur(16)
_NOISE: Final = 0.05, 0.2
_SMALL: Final = 64, 36
_MIDDLE: Final = 128
_FPS: Final = Fraction(24)


def compare(wanted: Comparison, state: Path) -> Drift:
    """Decode some frames of both sides and the four around the join; raises BrokenVideoError."""
    source, segment = _look(wanted.source, state), _look(wanted.segment, state)
    return drift(source, segment, _seam(wanted, state))


def _look(excerpt: Excerpt, state: Path) -> Look:
    """The middle of what frames spread over the excerpt look like, each of the four for itself."""
    with opened(state / excerpt.path) as film:
        looks = [_look_of(frame, film.name) for frame in _spread(film, excerpt)]
    return Look(
        median(each.brightness for each in looks),
        median(each.contrast for each in looks),
        median(each.saturation for each in looks),
        median(each.sharpness for each in looks),
    )


def _spread(film: Film, excerpt: Excerpt) -> Iterator[VideoFrame]:
    step = (excerpt.ends - excerpt.begins) / _SAMPLES
    for number in range(_SAMPLES):
        yield frame_of(film, excerpt.begins + step * (number + Decimal("0.5")))


def _look_of(frame: VideoFrame, name: str) -> Look:
    scale = _SIDE / min(frame.width, frame.height)
    size = (round(frame.width * scale), round(frame.height * scale))
    luma, blue, red = _planes(frame, size, name)
    counts, points = luma.histogram(), luma.width * luma.height
    middle = _median(counts)
    contrast = sum(abs(level - middle) * count for level, count in enumerate(counts)) / points
    fine, whole = (_detail(luma, blur) for blur in (_FINE, _ALL))
    return Look(
        brightness=ImageStat.Stat(luma).mean[0] / 255,
        contrast=contrast / 255,
        saturation=math.sqrt(_square(blue) + _square(red)) / 255,
        sharpness=(fine + _NOISE[0]) / (whole + _NOISE[1]),
    )


def _planes(frame: VideoFrame, size: tuple[int, int], name: str) -> Sequence[Image.Image]:
    """Luma and the two of chroma in the full range of 255, whatever range the film has."""
    with understood(name):
        way = "AREA" if size[0] < frame.width else "BICUBIC"
        brought = frame.reformat(*size, format="yuv444p", dst_color_range="JPEG", interpolation=way)
        return [
            Image.frombytes("L", size, bytes(each), "raw", "L", each.line_size, 1) for each in brought.planes
        ]


def _median(counts: Sequence[int]) -> int:
    half, below = sum(counts) / 2, 0
    for level, count in enumerate(counts):
        below += count
        if below >= half:
            return level
    raise AssertionError("a picture has points")


def _detail(luma: Image.Image, blur: ImageFilter.Filter) -> float:
    """How much of the picture a blur takes away."""
    return ImageStat.Stat(ImageChops.difference(luma, luma.filter(blur))).mean[0]


def _square(chroma: Image.Image) -> float:
    stat = ImageStat.Stat(chroma)
    return stat.var[0] + (stat.mean[0] - _MIDDLE) ** 2


def _seam(wanted: Comparison, state: Path) -> float:
    """How unlike the last picture before the join and the first one after it are."""
    earlier, last = _two(wanted.before, state, ends=True)
    first, later = _two(wanted.segment, state, ends=False)
    usual = max(_apart(earlier, last), _apart(first, later))
    unrelated = if_unrelated(last.histogram(), first.histogram())
    return unlikeness(_apart(last, first), unrelated, usual)


def _two(excerpt: Excerpt, state: Path, *, ends: bool) -> tuple[Image.Image, Image.Image]:
    """The last two pictures of an excerpt, or its first two, small and grey."""
    with opened(state / excerpt.path) as film:
        picture = 1 / Fraction(film.video.average_rate or _FPS)
        at = Fraction(excerpt.ends) - 2 * picture if ends else Fraction(excerpt.begins)
        one, other = (_grey(frame_of(film, _decimal(at + picture * half)), film.name) for half in _HALVES)
    return one, other


_HALVES: Final = Fraction(1, 2), Fraction(3, 2)
"""The middle of one picture's time and of the next one's: no rounding of times reaches a neighbour."""


def _grey(frame: VideoFrame, name: str) -> Image.Image:
    return _planes(frame, _SMALL, name)[0]


def _apart(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]


def _decimal(seconds: Fraction) -> Decimal:
    return Decimal(seconds.numerator) / seconds.denominator

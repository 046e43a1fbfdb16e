"""Lets the end of each piece fade into the beginning of the next one (loads av and Pillow)."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

import av
from av.video.frame import VideoFrame
from PIL import Image

T = TypeVar("T")
Times = Sequence[tuple[Fraction, Fraction]]
"""When each piece begins and ends in the whole film, in seconds; it may begin before the last one ends."""


def counted(times: Times, rate: Fraction) -> tuple[list[int], list[int]]:
    """How many of `rate` a second each piece has, and how many of them it shares with the next one.

    Each bound is rounded by itself, so that nothing adds up over many pieces.
    """
    bounds = [(round(begin * rate), round(end * rate)) for begin, end in times]
    counts = [end - begin for begin, end in bounds]
    shared = [end - begin for (_, end), (begin, _) in pairwise(bounds)]
    return counts, shared


def overlapped(
    pieces: Iterable[Iterable[T]], shared: Sequence[int], blend: Callable[[T, T, Fraction], T]
) -> Iterator[T]:
    """All items in order; so many of a piece's last ones are blended with as many of the next one's first.

    The third value given to `blend` is the share of the second, growing between 0 and 1, without either.
    """
    leaving: deque[T] = deque()
    for items, count in zip(pieces, (*shared, 0), strict=True):
        held: deque[T] = deque()
        whole = len(leaving) + 1
        for item in items:
            if leaving:
                share = 1 - Fraction(len(leaving), whole)
                item = blend(leaving.popleft(), item, share)
            held.append(item)
            if len(held) > count:
                yield held.popleft()
        leaving = held


def blended_pictures(one: VideoFrame, other: VideoFrame, share: Fraction) -> VideoFrame:
    """The two frames over one another; both are yuv420p of one size."""
    result = av.VideoFrame(one.width, one.height, "yuv420p")
    for plane, mine, theirs in zip(result.planes, one.planes, other.planes, strict=True):
        size = (plane.width, plane.height)
        under, over = (
            Image.frombytes("L", size, bytes(each), "raw", "L", each.line_size, 1) for each in (mine, theirs)
        )
        sheet = Image.new("L", (plane.line_size, plane.height))
        sheet.paste(Image.blend(under, over, float(share)), (0, 0))
        plane.update(sheet.tobytes())
    result.color_range, result.colorspace = one.color_range, one.colorspace
    return result


def blended_sounds(one: bytes, other: bytes, share: Fraction) -> bytes:
    """The two stretches of 16 bit samples over one another."""
    louder, ratio = float(share), float(1 - share)
    mine, theirs = array("h", one), array("h", other)
    return array("h", (round(a * ratio + b * louder) for a, b in zip(mine, theirs, strict=True))).tobytes()

"""Draws text with our font, leaving out the symbols it has no shape for (loads Pillow)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from PIL import ImageFont

from orchestrator.media.fonts import FONT
from orchestrator.media.wrapping import Measure, plain

LINE: Final = 1.42
"""Distance of two lines of text, in font sizes."""

_NOTHING = "\U0010ffff"


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Our font; unpacking it takes about 30 ms, hence kept."""
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> str:
    """The text in one line, without symbols such as emoji that would come out as empty boxes.

    Letters of scripts we have no shapes for stay: a box tells more than nothing.
    """
    return " ".join("".join(char for char in plain(text) if _has_shape(char)).split())


def measure(size: int, reference: int) -> Measure:
    """Widths at `size`, taken from the font at `reference`, so that trying sizes need not load each."""
    known = font(reference)
    # A little more, because hinting rounds the width of every character.
    scale = 1.03 * size / reference
    return lambda text: known.getlength(text) * scale


@lru_cache(maxsize=4096)
def _has_shape(char: str) -> bool:
    if char.isascii() or unicodedata.category(char)[0] in "LNZ":
        return True
    return in_font(char)


def in_font(char: str) -> bool:
    """Our font draws something of its own for this character, and no empty box."""
    some = font(20)
    return bytes(some.getmask(char)) != bytes(some.getmask(_NOTHING))

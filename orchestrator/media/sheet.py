"""Draws a contact sheet: frames in rows, each with its time and label (loads av and Pillow)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from orchestrator.media.errors import BrokenVideoError
from orchestrator.media.lettering import drawable, font
from orchestrator.media.libav import opened
from orchestrator.media.pictures import frame_of, picture
from orchestrator.media.wrapping import shortened

_CELL: Final = (256, 144)
_GAP: Final = 20
_LABEL: Final = 26
_TEXT: Final = 15
_RADIUS: Final = 7
_PAPER: Final = (18, 20, 25)
_EMPTY: Final = (32, 35, 43)
_EDGE: Final = (64, 70, 84)
_INK: Final = (222, 226, 234)
_FAINT: Final = (150, 157, 172)

Item = tuple[Path | None, Decimal, str]


def drawn_sheet(items: Sequence[Item], columns: int) -> Image.Image:
    """The whole sheet, as wide as it needs to be; without items an empty one."""
    across = max(1, min(columns, len(items)))
    down = max(1, -(-len(items) // across))
    size = (across * (_CELL[0] + _GAP) + _GAP, down * (_CELL[1] + _LABEL + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    shape = _rounded()
    for number, item in enumerate(items):
        row, column = divmod(number, across)
        place = (_GAP + column * (_CELL[0] + _GAP), _GAP + row * (_CELL[1] + _LABEL + _GAP))
        sheet.paste(_cell(item), place, shape)
        _draw_label(sheet, item, place)
    return sheet


def _cell(item: Item) -> Image.Image:
    path, seconds, _ = item
    if path is None:
        return _placeholder("no video")
    try:
        return _still(path, seconds)
    except BrokenVideoError:
        return _placeholder("cannot be shown" if path.exists() else "no file")


def _still(path: Path, seconds: Decimal) -> Image.Image:
    with opened(path) as film:
        frame = frame_of(film, seconds)
        scale = min(_CELL[0] / frame.width, _CELL[1] / frame.height)
        size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
        small = picture(frame, size, film.name)
    cell = Image.new("RGB", _CELL, "black")
    cell.paste(small, ((_CELL[0] - size[0]) // 2, (_CELL[1] - size[1]) // 2))
    return cell


def _placeholder(words: str) -> Image.Image:
    cell = Image.new("RGB", _CELL, _EMPTY)
    draw = ImageDraw.Draw(cell)
    corner = (_CELL[0] - 1, _CELL[1] - 1)
    draw.rounded_rectangle((0, 0, *corner), _RADIUS, outline=_EDGE)
    draw.text((_CELL[0] / 2, _CELL[1] / 2), words, _FAINT, font(_TEXT), anchor="mm")
    return cell


def _draw_label(sheet: Image.Image, item: Item, place: tuple[int, int]) -> None:
    draw = ImageDraw.Draw(sheet)
    letters = font(_TEXT)
    middle = place[1] + _CELL[1] + _LABEL / 2 + 3
    whole = int(item[1])
    time = f"{whole // 60}:{whole % 60:02}"
    draw.text((place[0] + _CELL[0], middle), time, _FAINT, letters, anchor="rm")
    room = _CELL[0] - letters.getlength(time) - 10
    label = shortened(drawable(item[2]), room, letters.getlength)
    draw.text((place[0], middle), label, _INK, letters, anchor="lm")


def _rounded() -> Image.Image:
    """The shape of a cell; drawn larger and reduced, so that its corners are smooth."""
    large = Image.new("L", (_CELL[0] * 4, _CELL[1] * 4))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), _RADIUS * 4, 255)
    return large.reduce(4)

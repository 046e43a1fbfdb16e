"""Paints the sandbox's pictures: a drifting background, a light that moves, and the words (loads Pillow)."""

from __future__ import annotations

import hashlib
import math
from colorsys import hls_to_rgb
from fractions import Fraction
from itertools import islice
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat

from orchestrator.media.caption import Caption, Grade
from orchestrator.media.grading import graded
from orchestrator.media.lettering import LINE, drawable, font, measure
from orchestrator.media.wrapping import fitted, lines, shortened

CAP_SECONDS: Final = 180
"""The length at which the bar along the bottom is full."""

Colour = tuple[int, int, int]
_MESH: Final = (6, 5)
_ROOM: Final = 1.7
_LIGHT, _SPREAD, _CHROMA = 58, 16, 27
_BLUR, _BRIGHTEST = 0.06, 110
_TRAIL: Final = 5
# As shares of the shorter side, tried from the largest.
_PROMPT_SIZES: Final = (0.15, 0.125, 0.105, 0.09, 0.08)


class Scene:
    """All pictures of one clip; what does not move is painted once."""

    def __init__(
        self, caption: Caption, size: tuple[int, int], image: Image.Image | None, grade: Grade
    ) -> None:
        self._grade = grade
        self._size = size
        self._unit = min(size)
        digest = hashlib.sha256(caption.text.encode(errors="replace")).digest()
        self._phase = digest[0] / 40
        hue = digest[1] / 256
        self._tint = _colour(hue + 0.04, 0.84, 0.9)
        larger = (round(size[0] * _ROOM), round(size[1] * _ROOM))
        self._backdrop = _mesh(digest, hue, larger) if image is None else _softened(image, larger)
        self._lights = [_light(self._sprite_size(k), self._tint, 0.9 ** (2 * k)) for k in range(_TRAIL)]
        self._words = _words(caption, size, self._tint)
        self._clock: tuple[int, Image.Image] = (-1, self._words)

    def picture(self, time: Fraction) -> Image.Image:
        """What is seen `time` seconds after the beginning of the whole film."""
        seconds = float(time)
        picture = self._backdrop.crop(self._view(seconds))
        for k, light in reversed(list(enumerate(self._lights))):
            x, y = self._place(seconds - 0.13 * k)
            picture.paste(light, (round(x - light.width / 2), round(y - light.height / 2)), light)
        words = self._words_at(int(seconds))
        picture.paste(words, (0, 0), words)
        self._draw_bar(picture, seconds)
        return graded(picture, self._grade)

    def _view(self, seconds: float) -> tuple[int, int, int, int]:
        """The part of the backdrop in sight, which drifts and comes back."""
        width, height = self._size
        x = round((self._backdrop.width - width) * (0.5 + 0.5 * math.sin(0.21 * seconds + self._phase)))
        y = round((self._backdrop.height - height) * (0.5 + 0.5 * math.cos(0.17 * seconds + self._phase)))
        return x, y, x + width, y + height

    def _place(self, seconds: float) -> tuple[float, float]:
        x = 0.5 + 0.43 * math.sin(0.8 * seconds + self._phase)
        y = 0.46 + 0.3 * math.sin(1.27 * seconds + 2 * self._phase)
        return x * self._size[0], y * self._size[1]

    def _sprite_size(self, k: int) -> int:
        return max(4, round(self._unit * (0.5 if k == 0 else 0.16 * 0.82**k)))

    def _words_at(self, second: int) -> Image.Image:
        """The words and the clock; painted anew only when the clock moves on."""
        if self._clock[0] != second:
            face = self._words.copy()
            small, margin = _small(self._unit), _margin(self._unit)
            text = f"{_minutes(second)} / {_minutes(CAP_SECONDS)}"
            place = (self._size[0] - margin, self._size[1] - margin)
            ImageDraw.Draw(face).text(place, text, (*self._tint, 235), font(small), anchor="rs")
            self._clock = (second, face)
        return self._clock[1]

    def _draw_bar(self, picture: Image.Image, seconds: float) -> None:
        width, height = self._size
        end = round(width * min(1.0, seconds / CAP_SECONDS))
        if end > 0:
            top = height - _bar(self._unit)
            ImageDraw.Draw(picture).rectangle((0, top, end - 1, height - 1), fill=self._tint)


def _small(unit: int) -> int:
    return max(9, round(unit * 0.067))


def _margin(unit: int) -> int:
    return max(4, round(unit * 0.08))


def _bar(unit: int) -> int:
    return max(2, round(unit * 0.017))


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _colour(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mesh(digest: bytes, hue: float, size: tuple[int, int]) -> Image.Image:
    """A few coloured dots; scaled up they become a soft gradient."""
    mesh = Image.new("RGB", _MESH)
    for index in range(_MESH[0] * _MESH[1]):
        a, b = digest[index % 29 + 2] / 255, digest[(index * 7) % 29 + 3] / 255
        colour = _colour(hue + 0.16 * (a - 0.5), 0.15 + 0.17 * b, 0.4 + 0.2 * a)
        mesh.putpixel((index % _MESH[0], index // _MESH[0]), colour)
    return _evened(mesh).resize(size, Image.Resampling.BICUBIC)


def _evened(mesh: Image.Image) -> Image.Image:
    """As light, as rich in contrast and as colourful as any other: a new prompt alone is no new look."""
    light, *chroma = mesh.convert("YCbCr").split()
    mean = ImageStat.Stat(light).mean[0]
    spread = max(1.0, ImageStat.Stat(light).stddev[0])
    light = light.point([round(_LIGHT + (level - mean) * _SPREAD / spread) for level in range(256)])
    square = sum(
        ImageStat.Stat(band).sum2[0] / ImageStat.Stat(band).count[0] for band in map(_centred, chroma)
    )
    richness = _CHROMA / max(1.0, math.sqrt(square))
    table = [max(0, min(255, round(128 + (level - 128) * richness))) for level in range(256)]
    return Image.merge("YCbCr", (light, *(band.point(table) for band in chroma))).convert("RGB")


def _centred(band: Image.Image) -> Image.Image:
    return band.point([abs(level - 128) for level in range(256)])


def fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture upright, in RGB, cut to the shape and scaled to the size wanted."""
    return ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), size)


def _softened(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture as a backdrop: its colours and light, without the words and edges that ours would cross."""
    soft = fit(image, size).filter(ImageFilter.GaussianBlur(min(size) * _BLUR))
    bright = ImageStat.Stat(soft.convert("L")).mean[0]
    # White words must be read on it.
    return ImageEnhance.Brightness(soft).enhance(min(1.0, _BRIGHTEST / max(1.0, bright)))


def _light(size: int, tint: Colour, strength: float) -> Image.Image:
    """A round light: a soft halo, and a small bright heart."""
    distance = Image.radial_gradient("L").resize((size, size), Image.Resampling.BILINEAR)

    # The gradient reaches 255 in the corners; 180 is where it meets the sides, and there the light ends.
    def alpha(value: float) -> float:
        near = max(0.0, 1 - value / 180)
        return 255 * strength * min(1.0, 0.42 * near**2 + (near**12) * 1.6)

    light = Image.new("RGBA", (size, size), tint)
    light.putalpha(distance.point([round(alpha(value)) for value in range(256)]))
    return light


def _words(caption: Caption, size: tuple[int, int], tint: Colour) -> Image.Image:
    """Title, prompt and footer on nothing, with a soft shadow, and the track of the bar."""
    unit = min(size)
    small, margin = _small(unit), _margin(unit)
    width = size[0] - 2 * margin
    layer = Image.new("RGBA", size, (*tint, 0))
    draw = ImageDraw.Draw(layer)
    narrow = measure(small, small)
    title = shortened(drawable(caption.title), width, narrow)
    draw.text((margin, margin), title, (*tint, 255), font(small), anchor="lt")
    footer = shortened(drawable(caption.footer), width * 0.6, narrow)
    draw.text((margin, size[1] - margin), footer, (*tint, 235), font(small), anchor="ls")
    room = (width, size[1] - 2 * margin - 3.2 * small)
    _draw_prompt(draw, drawable(caption.text), (margin, margin + 1.6 * small), room, unit)
    draw.rectangle((0, size[1] - _bar(unit), size[0], size[1]), fill=(255, 255, 255, 60))
    return Image.alpha_composite(_shadow(layer, unit), layer)


def _draw_prompt(
    draw: ImageDraw.ImageDraw, text: str, corner: tuple[float, float], room: tuple[float, float], unit: int
) -> None:
    """The prompt as large as it fits into the room, in the middle of its height."""
    size = _prompt_size(text, room, unit)
    found = fitted(text, room[0], _line_count(room, size), font(size).getlength)
    top = corner[1] + (room[1] - len(found) * size * LINE) / 2
    for number, line in enumerate(found):
        baseline = top + (number + 0.5) * size * LINE
        draw.text((corner[0], baseline), line, (255, 255, 255, 255), font(size), anchor="lm")


def _prompt_size(text: str, room: tuple[float, float], unit: int) -> int:
    """The largest of our sizes at which all of the text has room, or the smallest."""
    sizes = [max(10, round(unit * share)) for share in _PROMPT_SIZES]
    for size in sizes:
        limit = _line_count(room, size)
        if sum(1 for _ in islice(lines(text, room[0], measure(size, _small(unit))), limit + 1)) <= limit:
            return size
    return sizes[-1]


def _line_count(room: tuple[float, float], size: int) -> int:
    return max(1, int(room[1] // (size * LINE)))


def _shadow(layer: Image.Image, unit: int) -> Image.Image:
    shadow = Image.new("RGBA", layer.size, (0, 0, 0, 0))
    blurred = layer.getchannel("A").filter(ImageFilter.GaussianBlur(max(1.0, unit / 110)))
    shadow.putalpha(blurred.point([min(255, round(value * 0.8)) for value in range(256)]))
    return shadow

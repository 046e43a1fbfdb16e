"""Grades pictures: more or less light, contrast, colour or detail than painted (loads Pillow)."""

from __future__ import annotations

from PIL import Image, ImageEnhance, ImageFilter

from orchestrator.media.caption import Grade

_HEIGHT = 180


def graded(picture: Image.Image, grade: Grade) -> Image.Image:
    """The picture with all of it applied; untouched where nothing is asked for."""
    for factor, enhancer in (
        (grade.light, ImageEnhance.Brightness),
        (grade.contrast, ImageEnhance.Contrast),
        (grade.colour, ImageEnhance.Color),
    ):
        if factor != 1:
            picture = enhancer(picture).enhance(factor)
    if grade.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(grade.blur * picture.height / _HEIGHT))
    return picture

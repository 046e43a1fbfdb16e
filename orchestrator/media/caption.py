"""What the sandbox writes on a clip, and how it grades it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caption:
    """Three texts, each of any length and with any characters; what has no room or no shape is left out.

    `title` is where the clip belongs ("koi · step 7"), `text` the prompt, which also decides the colours, and
    `footer` its place in the film ("0:30 – 0:35").
    """

    title: str
    text: str
    footer: str


@dataclass(frozen=True, slots=True)
class Grade:
    """How pictures are changed after painting: factors, and a blur in points of a picture 180 high."""

    light: float = 1
    contrast: float = 1
    colour: float = 1
    blur: float = 0

"""What the sandbox writes on a clip."""

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

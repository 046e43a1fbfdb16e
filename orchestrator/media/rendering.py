"""Renders the sandbox's films: a first clip, and a film grown by some seconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.media.caption import Caption, Grade
from orchestrator.media.errors import UnfitImageError, unlike
from orchestrator.media.image import decoded
from orchestrator.media.labels import LABEL
from orchestrator.media.loading import load

if TYPE_CHECKING:
    from PIL import Image

    from orchestrator.media.painting import Scene

PLAIN: Final = Grade()
PRODUCER: Final = "orchestrate-sandbox"
_MAX_FPS: Final = 60
_MOVING_ON: Final = Fraction(3, 4)
"""Seconds in which a film leaves the picture that it begins with."""

_MAX_SIDE: Final = 4096


def render(
    caption: Caption,
    seconds: Decimal,
    out: Path,
    *,
    size: tuple[int, int] = (320, 180),
    fps: int = 12,
    image: bytes | None = None,
    grade: Grade = PLAIN,
) -> None:
    """Write an H.264 MP4 of `round(seconds * fps)` frames, at least one, labelled as made by a machine.

    Equal arguments give equal bytes. `size` is even. With an image the film begins with exactly that, and
    moves on from it within a second; one that cannot be read is as good as none. Raises DiskError.
    """
    load()
    from orchestrator.media.encoding import encoded, join
    from orchestrator.media.libav import opened
    from orchestrator.media.painting import Scene, fit

    first = _picture(image)
    scene, rate = Scene(caption, size, first, grade), Fraction(fps)
    pictures = _pictures(scene, Fraction(0), seconds, rate)
    if first is not None:
        pictures = _from(fit(first, size), pictures, rate)
    with opened(encoded(pictures, size, rate)) as part:
        join([part], {LABEL: _label(caption)}, out)


def extend(parent: Path, caption: Caption, seconds: Decimal, out: Path, *, grade: Grade = PLAIN) -> None:
    """Write the parent's film, packet for packet, followed by `seconds` of new picture.

    Size, frame rate and metadata are the parent's. Raises BrokenVideoError, UnlikeVideoError when the parent
    was not made here, and DiskError; `out` may be the parent itself.
    """
    load()
    from orchestrator.media.encoding import encoded, join
    from orchestrator.media.libav import opened
    from orchestrator.media.painting import Scene

    with opened(parent) as film:
        size, rate = (film.video.width, film.video.height), film.video.average_rate
        if not film.video.duration or not rate or not _is_ours(size, rate):
            raise unlike(film.name)
        start = film.video.duration * film.time_base
        pictures = _pictures(Scene(caption, size, None, grade), start, seconds, rate)
        with opened(encoded(pictures, size, rate)) as part:
            join([film, part], film.container.metadata, out)


def _is_ours(size: tuple[int, int], rate: Fraction) -> bool:
    """Whether we may have made it; a damaged header might have us paint for hours."""
    even = all(side % 2 == 0 and side <= _MAX_SIDE for side in size)
    return even and rate.denominator == 1 and rate <= _MAX_FPS


def _pictures(scene: Scene, start: Fraction, seconds: Decimal, rate: Fraction) -> Iterator[Image.Image]:
    count = max(1, round(Fraction(seconds) * rate))
    return (scene.picture(start + number / rate) for number in range(count))


def _from(first: Image.Image, pictures: Iterator[Image.Image], rate: Fraction) -> Iterator[Image.Image]:
    """The first picture as it is, and then less and less of it."""
    from PIL import Image

    for number, picture in enumerate(pictures):
        share = number / (rate * _MOVING_ON)
        yield picture if share >= 1 else Image.blend(first, picture, float(share))


def _picture(image: bytes | None) -> Image.Image | None:
    if image is None:
        return None
    try:
        return decoded(image, "the image")
    except UnfitImageError:
        return None


def _label(caption: Caption) -> str:
    """The Chinese label for made media; Label 1 means: it is."""
    produced = hashlib.sha256(repr(caption).encode(errors="replace")).hexdigest()[:32]
    return json.dumps(
        {
            "Label": "1",
            "ContentProducer": PRODUCER,
            "ProduceID": produced,
            "ReservedCode1": "",
            "ContentPropagator": PRODUCER,
            "PropagateID": produced,
            "ReservedCode2": "",
        }
    )

"""Checks an image against what image2video takes, before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orchestrator.media.errors import UnfitImageError

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES: Final = 10 * 1024 * 1024
MIN_SIDE: Final = 300
MAX_RATIO: Final = Fraction(5, 2)
# Not theirs but ours: what a small file may unpack to before it is a burden on this machine.
_MAX_PIXELS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image that the provider takes: `format` is JPEG or PNG, the size in pixels."""

    format: str
    width: int
    height: int


def check_image(source: Path | bytes) -> ImageFacts:
    """Decode the image and hold it against the vendor's documented limits; raises UnfitImageError.

    Limits of image2video: JPEG or PNG, at most 10 MB, each side at least 300 px, between 1:2.5 and 2.5:1.
    """
    name, data = _named(source)
    if len(data) > MAX_BYTES:
        raise UnfitImageError(
            f"{name}: {len(data) / 2**20:.1f} MB, but at most 10 MB are taken; make it smaller"
        )
    image = decoded(data, name)
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise UnfitImageError(
            f"{name}: {width}x{height} px, but each side needs {MIN_SIDE} px; take a larger one"
        )
    if Fraction(max(width, height), min(width, height)) > MAX_RATIO:
        raise UnfitImageError(f"{name}: {width}x{height} px is beyond 1:2.5 or 2.5:1; crop it")
    return ImageFacts(image.format or "", width, height)


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None for what is no JPEG or PNG."""
    try:
        return decoded(data, "the image").size
    except UnfitImageError:
        return None


def decoded(data: bytes, name: str) -> Image.Image:
    """The JPEG or PNG with all its pixels; raises UnfitImageError when it is neither or is damaged."""
    from PIL import Image

    # Our own limit instead of Pillow's, which would be a warning on stderr.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG"))
        if image.width * image.height > _MAX_PIXELS:
            raise UnfitImageError(f"{name}: {image.width}x{image.height} px is too large; make it smaller")
        image.load()
    # Pillow reports a damaged PNG as SyntaxError or ValueError, and sizes beyond reason as OverflowError.
    except (OSError, SyntaxError, ValueError, OverflowError) as error:
        raise UnfitImageError(f"{name}: not a JPEG or PNG that can be read; save it again as one") from error
    return image


def _named(source: Path | bytes) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        return "the image", source
    try:
        with source.open("rb") as file:
            # One byte more tells that it is too large without reading all of it.
            return str(source), file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnfitImageError(f"{source}: cannot be read ({error})") from error

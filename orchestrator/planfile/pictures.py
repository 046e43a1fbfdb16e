"""The images a plan starts from: found, measured and known by their content, never decoded."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from orchestrator.plan import Image
from orchestrator.planfile.problems import short

MOST_BYTES = 10 * 1024 * 1024
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class Pictures:
    """Images named in one plan, by paths relative to its folder; each file is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, Image | str] = {}

    def look(self, place: str) -> Image | str:
        """The image, or what is wrong with it as a text."""
        if place not in self._seen:
            self._seen[place] = self._look(place)
        return self._seen[place]

    def _look(self, place: str) -> Image | str:
        scheme = place[:8].lower()
        if scheme.startswith(("http://", "https://")):
            return Image(url=place)
        if scheme.startswith("data:"):
            return "a data: text cannot stand in a plan"
        try:
            return _read(self._folder / place)
        except OSError as error:
            return f'"{short(place)}" cannot be read ({error.strerror or "no such file"})'


def _read(path: Path) -> Image | str:
    name = f'"{short(str(path))}"'
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return f"{name} is not a file"
    if status.st_size > MOST_BYTES:
        return f"{name} has {status.st_size / 1024**2:.1f} MB, the provider takes at most 10 MB"
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if not content.startswith(_BEGINNINGS):
        return f"{name} is neither a JPEG nor a PNG image"
    return Image(path=str(path.absolute()), digest=hashlib.sha256(content).hexdigest())

"""Looks at what films need on this machine: the codec, both ways, and a font with Chinese letters."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from orchestrator.checkup import Check, failing, fine, wrong
from orchestrator.errors import MediaError, OrchestratorError
from orchestrator.media.caption import Caption
from orchestrator.media.fonts import FONT
from orchestrator.media.probe import check
from orchestrator.media.rendering import render

_REINSTALL = "install orchestrate again; its wheels of av and Pillow bring all of it"
_SECOND = Decimal(1)


def examine() -> tuple[Check, ...]:
    """Whether films can be made, checked and written on; takes a moment, and raises nothing."""
    return (_codec(), _font())


def _codec() -> Check:
    name = "H.264"
    try:
        with tempfile.TemporaryDirectory(prefix="orchestrate-") as folder:
            film = Path(folder) / "second.mp4"
            render(Caption("doctor", "锦鲤", "0:00"), _SECOND, film)
            probed = check(film, thorough=True)
    except ImportError as error:
        return wrong(name, MediaError, f"the library for films cannot be loaded: {error}", _REINSTALL)
    except OrchestratorError as error:
        return failing(name, error, _REINSTALL)
    except OSError as error:
        return wrong(
            name, MediaError, f"no film can be written: {error}", "make room in the temporary folder"
        )
    return fine(name, f"a second was encoded and decoded again ({probed.codec}, {probed.frames} frames)")


def _font() -> Check:
    try:
        from orchestrator.media.lettering import in_font

        if in_font("锦") and in_font("鲤"):
            return fine("Chinese letters", f"{FONT.name}, with the package")
        found = "the font that comes with the package has none"
    except (ImportError, OSError) as error:
        found = f"the font cannot be read: {error}"
    return wrong("Chinese letters", MediaError, found, _REINSTALL)

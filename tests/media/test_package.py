"""The front door is cheap to open, and the font that is shipped has what we write."""

from __future__ import annotations

import subprocess
import sys

import pytest

import orchestrator.media
from orchestrator.media import FONT
from orchestrator.media.fonts import LICENCE
from orchestrator.media.lettering import drawable, font


def test_the_front_door_loads_neither_av_nor_pillow() -> None:
    """Importing every public name loads neither PyAV nor Pillow, so that help and status stay fast."""
    names = ", ".join(orchestrator.media.__all__)
    code = f"from orchestrator.media import {names}; import sys; print({{'av', 'PIL'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "set()"


def test_checking_a_video_loads_no_pillow() -> None:
    """A run on a real provider checks videos without paying for Pillow's import."""
    code = (
        "import sys; from pathlib import Path; from orchestrator.media import *\n"
        "try: check(Path('none'))\nexcept BrokenVideoError: print('av' in sys.modules, 'PIL' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "True False"


def test_the_font_comes_with_its_licence() -> None:
    """The font may be given on only together with the text of its licence."""
    assert FONT.stat().st_size > 1_000_000
    assert "SIL OPEN FONT LICENSE" in LICENCE.read_text("utf-8")


@pytest.mark.parametrize("text", ["锦鲤跃出水面萤火虫亮起", "，。、；：！？（）《》“”—…", "Aa09 .:/@#·–ü"])
def test_the_font_draws_what_we_write(text: str) -> None:
    """Chinese, Latin, digits and the common punctuation have shapes of their own."""
    box = bytes(font(24).getmask("\U0010ffff"))
    for char in text.replace(" ", ""):
        shape = bytes(font(24).getmask(char))
        assert shape != box, char
        assert any(shape), char


def test_what_has_no_shape_is_left_out() -> None:
    """Emoji and other symbols leave no empty boxes; letters of other scripts do, rather than nothing."""
    assert drawable("koi 🐟❤️ → 鲤") == "koi 鲤"
    assert drawable("한국") == "한국"

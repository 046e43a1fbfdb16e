"""The one font we ship: Noto Sans SC (SIL Open Font License), Latin and simplified Chinese."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).with_name("NotoSansSC-Regular.woff2")
LICENCE: Final = Path(__file__).with_name("OFL.txt")

"""Puts a finished file in its place at once, or leaves the place as it was."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import DiskError


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a temporary name beside `out`; what was written there becomes `out` when the block ends well.

    Otherwise `out` is untouched and nothing is left behind. Raises DiskError for every failing write.
    """
    # Beside it, because a rename is atomic only within one file system.
    temporary = out.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield temporary
        os.replace(temporary, out)
    except OSError as error:
        raise DiskError(
            f"{out}: cannot be written ({error.strerror or error}); make room or choose another place"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)

"""Writing what was asked for: to a file that appears whole, or to stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orchestrator.errors import DiskError


def written(output: Path | None, text: str) -> None:
    """The text in UTF-8, as it is; without a file, on stdout. DiskError when it cannot be written."""
    if output is None or str(output) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        return
    partial = output.with_name(f".{output.name}.part")
    try:
        partial.write_bytes(text.encode())
        os.replace(partial, output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DiskError(
            f"{output}: cannot be written: {error.strerror}; choose another place with -o"
        ) from error

"""The sandbox as a child process: options as one JSON line in, where it is as one JSON line out."""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict

from orchestrator.errors import OrchestratorError
from orchestrator.sandbox.options import options_from_json
from orchestrator.sandbox.ready import Ready
from orchestrator.sandbox.server import serve_sandbox


def main() -> int:
    """Serve until standard input ends, which it does with the parent, however the parent dies."""
    options = options_from_json(sys.stdin.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        serve_sandbox(options, _announce)
    except OrchestratorError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    return 0


def _announce(ready: Ready) -> None:
    print(json.dumps(asdict(ready)), flush=True)


def _leave_with_parent() -> None:
    # Read past Python's buffer: a thread inside the buffered stdin would stall the interpreter's own exit.
    while os.read(0, 4096):
        pass
    # Everything that was answered is committed, so there is nothing to tidy up and nobody to wait for.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

"""`orchestrate` on a machine whose clock is wrong.

    python -m tests.force.skewed SECONDS WORDS...

Only the time of day is moved: the clock that merely grows is right on such a machine too.
"""

from __future__ import annotations

import datetime
import runpy
import sys
import time
from typing import Any


def main() -> None:
    ahead = float(sys.argv.pop(1))
    right = time.time
    true = datetime.datetime

    class Wrong(true):  # type: ignore[valid-type, misc]  # a stand-in made once, before anything imports it
        __slots__ = ()

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return true.now(tz) + datetime.timedelta(seconds=ahead)

    time.time = lambda: right() + ahead
    datetime.datetime = Wrong  # type: ignore[misc]
    runpy.run_module("orchestrator", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

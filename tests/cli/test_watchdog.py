"""A process in which nothing moves any more ends by itself, with a reason; one that moves is left alone."""

from __future__ import annotations

import subprocess
import sys

from orchestrator.cli.exits import Exit

PROGRAM = """
import time
from orchestrator.cli.watchdog import ending_where_it_hangs
hangs, looks = {hangs}, []
with ending_where_it_hangs(lambda: looks.append(1) or hangs[len(looks) - 1], "it hangs", every=0.01):
    while len(looks) < len(hangs) - 1:
        time.sleep(0.01)
    {last}
print("left alone")
"""


def ended(hangs: list[bool], last: str) -> subprocess.CompletedProcess[str]:
    """The program's end, where its looks find this one after the other."""
    text = PROGRAM.format(hangs=hangs, last=last)
    command = [sys.executable, "-c", text]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_what_hangs_ends() -> None:
    """Its main thread never comes back, and the process manager is told by the status that it failed."""
    said = ended([True, True, True], "time.sleep(1000)")
    assert (said.returncode, said.stdout, said.stderr) == (Exit.BUG, "", "it hangs\n")


def test_what_was_only_stopped_goes_on() -> None:
    """One look right after it woke up says little: the next one counts."""
    said = ended([True, False, True, False] + [False] * 50, "pass")
    assert (said.returncode, said.stdout, said.stderr) == (0, "left alone\n", "")

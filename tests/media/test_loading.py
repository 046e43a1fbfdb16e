"""PyAV is loaded by one thread, however many want it first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TWO_AT_ONCE = """
import sys, threading
from decimal import Decimal
from pathlib import Path
from orchestrator.lineage import Comparison, Excerpt
from orchestrator.media import measure, probe, small_frame

sys.setswitchinterval(1e-5)
film, out = Path(sys.argv[1]), Path(sys.argv[2])
whole = Excerpt(film.name, Decimal(0), Decimal(4))
acts = [
    lambda: small_frame(film, Decimal(1), out / "a.jpg", 90),
    lambda: measure(Comparison(whole, whole, whole), film.parent),
    lambda: small_frame(film, None, out / "b.jpg", 90),
    lambda: probe(film),
]
trouble, start = [], threading.Barrier(len(acts))

def act(does):
    start.wait()
    try:
        does()
    except Exception as error:
        trouble.append(repr(error))

threads = [threading.Thread(target=act, args=(does,)) for does in acts]
for each in threads:
    each.start()
for each in threads:
    each.join()
sys.exit("; ".join(trouble) or None)
"""


@pytest.mark.parametrize("trial", range(3))
def test_threads_that_decode_first_at_the_same_time_all_can(film: Path, tmp_path: Path, trial: int) -> None:
    """Loaded by halves in two threads, its types are there twice, and nothing decodes any more."""
    done = subprocess.run(
        [sys.executable, "-c", TWO_AT_ONCE, str(film), str(tmp_path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), trial

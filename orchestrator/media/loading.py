"""Loads PyAV, by one thread at a time."""

from __future__ import annotations

from threading import Lock

_one_at_a_time = Lock()


def load() -> None:
    """Import PyAV, before anything that imports a part of it; every function that decodes begins with this.

    Where one thread imports a part of it while another one imports the whole, each holds what the other
    waits for. Python lets them both go on, and then there are two of each of PyAV's types, for good.
    """
    with _one_at_a_time:
        import av  # noqa: F401

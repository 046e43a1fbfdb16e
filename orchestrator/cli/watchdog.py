"""Ends a process in which nothing moves any more, so that whatever keeps it running can start it anew."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from orchestrator.cli.exits import Exit

_EVERY = 5.0


@contextmanager
def ending_where_it_hangs(hung: Callable[[], bool], message: str, every: float = _EVERY) -> Iterator[None]:
    """Asks `hung`, from a thread, each so many seconds; where it is so, says why and leaves at once."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every):
            # Twice: a process that was stopped and woken has not had its turn yet.
            if hung() and not over.wait(every) and hung():
                click.echo(message, err=True)
                # Nothing is cleaned up: that is what hangs. The journal is right at every instant.
                os._exit(Exit.BUG)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        over.set()

"""Ctrl-C, SIGTERM and a closed terminal: the first one drains a run, the second one leaves at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import anyio

DRAINING = {
    signal.SIGINT: "Ctrl-C: nothing new is sent; waiting for the answers to what was sent. Again: leave now.",
    signal.SIGTERM: "SIGTERM: nothing new is sent; waiting for the answers to what was sent. Again: leave now.",
    signal.SIGHUP: "the terminal closed: nothing new is sent; waiting for the answers to what was sent.",
}


@dataclass
class Caught:
    """The signal that came first, if one did."""

    number: signal.Signals | None = None

    def die(self) -> None:
        """Die by the signal that came, so that whoever started us sees it; return when none did."""
        if self.number is not None:
            signal.signal(self.number, signal.SIG_DFL)
            os.kill(os.getpid(), self.number)


async def listen(caught: Caught, drain: Callable[[str], None], *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """On the first signal drain; on the second die by it: the journal is right either way."""
    with anyio.open_signal_receiver(*DRAINING) as signals:
        task_status.started()
        async for number in signals:
            if caught.number is not None:
                # Not an exception: whatever would run on the way out could hang, and nothing needs it.
                caught.number = signal.Signals(number)
                caught.die()
            caught.number = signal.Signals(number)
            drain(DRAINING[caught.number])

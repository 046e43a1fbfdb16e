"""Ctrl-C, SIGTERM and a closed terminal: the first one drains a run, the second one leaves at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the terminal closed"}


@dataclass
class Caught:
    """The signal that came first, if one did; `leave` tidies the screen before a hasty end."""

    leave: Callable[[], None]
    number: signal.Signals | None = None

    def die(self) -> None:
        """Die by the signal that came, so that whoever started us sees it; return when none did."""
        if self.number is not None:
            signal.signal(self.number, signal.SIG_DFL)
            os.kill(os.getpid(), self.number)


DRAINING = "{}: nothing new is sent; waiting for answers. Again: leave now."


async def listen(
    caught: Caught, drain: Callable[[str], None], words: str = DRAINING, *, task_status: TaskStatus[None]
) -> None:
    """On the first signal drain; on the second die by it: the journal is right either way.

    Under `nohup` a closed terminal ends nothing.
    """
    with anyio.open_signal_receiver(*_heard()) as signals:
        task_status.started()
        async for number in signals:
            if caught.number is not None:
                # Not an exception: whatever would run on the way out could hang, and nothing needs it.
                caught.number = signal.Signals(number)
                caught.leave()
                caught.die()
            caught.number = signal.Signals(number)
            drain(words.format(NAMES[caught.number]))


def _heard() -> list[signal.Signals]:
    """Those that end a run: not a closed terminal, where whoever started it had that ignored."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [each for each in NAMES if not (ignored and each is signal.SIGHUP)]

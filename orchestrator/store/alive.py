"""Who submits from a journal at the moment, as people call them."""

from __future__ import annotations

import os
import socket

from orchestrator.store.home import Home
from orchestrator.store.lock import Holder, holder_of


def submitters(home: Home) -> tuple[str, ...]:
    """One at most in a folder, any number in a database; StateError where it cannot be asked."""
    if home.database is not None:
        from orchestrator.store.postgres import living_writers

        return living_writers(home.database)
    holder = holder_of(home.holder)
    return (str(holder),) if holder is not None and _lives(holder) else ()


def _lives(holder: Holder) -> bool:
    """The name of one that was killed may have stayed behind."""
    if holder.host == socket.gethostname():
        try:
            os.kill(holder.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it lives, and is another person's
    return True

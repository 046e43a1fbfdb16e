"""A person's facts: one short transaction, beside a run or without one."""

from __future__ import annotations

import anyio

from orchestrator.facts import Fact
from orchestrator.store import Home, open_journal


def write(home: Home, *facts: Fact) -> None:
    """Append them all together; a run that is going on notices within two seconds."""
    with open_journal(home, submitter=False) as journal:
        anyio.run(journal.append, facts)

"""One process submits; the lock goes with it, however it ends."""

from __future__ import annotations

import json

import pytest

from orchestrator.errors import JournalBusyError
from orchestrator.store import Home, holder_of, open_journal


def test_a_second_submitter_is_told_who_is_there(home: Home) -> None:
    """Only one process submits; the other learns at once which one, and the name goes with it."""
    with open_journal(home, submitter=True):
        holder = holder_of(home.holder)
        assert holder is not None
        with (
            pytest.raises(JournalBusyError, match=f"process {holder.pid} on"),
            open_journal(home, submitter=True),
        ):
            pass
    assert holder_of(home.holder) is None
    with open_journal(home, submitter=True):
        pass


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', "\x00\xff"])
def test_a_holders_name_that_cannot_be_read_is_harmless(home: Home, text: str) -> None:
    """The lock alone decides; whatever stands in the text beside it only words the message."""
    with open_journal(home, submitter=True):
        home.holder.write_text(text)
        with pytest.raises(JournalBusyError, match="unknown process"), open_journal(home, submitter=True):
            pass
    home.holder.write_text(json.dumps({"pid": 1, "host": "h", "since": "s", "command": "\x1b[31m"}))
    assert str(holder_of(home.holder)) == "process 1 on h since s ([31m)"
    with open_journal(home, submitter=True):
        pass

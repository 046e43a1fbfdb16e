"""The journal as a run follows it: each fact once, in order, and read no more than it must be."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from orchestrator.facts import ChainStopped, Recorded
from orchestrator.lineage import Lineage
from orchestrator.ports import Begun, Intent
from orchestrator.runner.following import Following
from orchestrator.store import Home, open_folder
from tests.store.samples import begun, stopped, terms

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("leaves", [False, True])
async def test_what_an_intent_had_written_first_is_told_by_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, leaves: bool
) -> None:
    """A fact that shared a commit is read from the journal again, or whoever is stopped leaves it unknown."""
    lineage, told = Lineage(), list[Recorded]()

    def learned(recorded: Recorded) -> None:
        lineage.apply(recorded)
        told.append(recorded)

    with open_folder(Home(tmp_path / ".orchestrate"), submitter=True) as journal:
        monkeypatch.setattr(journal, "read", None)  # nobody has to read
        following = Following(journal, lineage, learned)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(following.record, stopped())
            await anyio.lowlevel.checkpoint()  # its facts wait for others to join
            (found,) = await journal.begin([Intent(begun("a"), terms())], 0)
            assert isinstance(found, Begun)
            if leaves:
                tasks.cancel_scope.cancel()
            await following.learn(found.recorded)
    assert [each.position for each in told] == [1, 2]
    assert isinstance(told[0].fact, ChainStopped)

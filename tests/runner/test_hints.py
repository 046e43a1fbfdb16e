"""Hints on virtual time: whoever sleeps is roused by a person's act, and by nothing else."""

from __future__ import annotations

import anyio
import pytest
import trio.testing

from orchestrator.runner.hints import Hints

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


async def test_nobody_is_woken_for_nothing() -> None:
    """Without hints a sleep lasts as long as it was meant to."""
    began = anyio.current_time()
    await Hints().sleep(100)
    assert anyio.current_time() - began == 100


async def test_everybody_wakes_at_once() -> None:
    """A person's act rouses all who sleep, however long they meant to."""
    hints, woken = Hints(), []

    async def sleep(seconds: float) -> None:
        began = anyio.current_time()
        await hints.sleep(seconds)
        woken.append(anyio.current_time() - began)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sleep, 100)
        tasks.start_soon(sleep, 1000)
        await anyio.sleep(2)
        hints.wake()
    assert woken == [2, 2]

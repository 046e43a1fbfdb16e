"""Hints on virtual time: who is roused when, and that no notice is lost and none makes two questions."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest
import trio.testing

from orchestrator.runner.hints import Hints

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


async def slept(
    hints: Hints, task_id: str | None, least: float, *acts: tuple[float, Callable[[], None]]
) -> float:
    """How long a sleep of 100 seconds took while these things happened, each so many seconds in."""

    async def act_later(after: float, act: Callable[[], None]) -> None:
        await anyio.sleep(after)
        act()

    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for after, act in acts:
            tasks.start_soon(act_later, after, act)
        await hints.sleep(100, task_id, least=least)
        took = anyio.current_time() - began
        tasks.cancel_scope.cancel()
    return took


async def test_nobody_is_woken_for_nothing() -> None:
    """Without hints a sleep lasts as long as it was meant to."""
    assert await slept(Hints(), "a", 5) == 100


async def test_everybody_wakes_at_once() -> None:
    """A person's act rouses who asks for a task and who waits for anything else."""
    hints = Hints()
    assert await slept(hints, "a", 5, (2, hints.wake)) == 2
    assert await slept(hints, None, 0, (2, hints.wake)) == 2


async def test_a_notice_rouses_only_who_asks_for_that_task() -> None:
    """One task's end makes one question, not one for every task in the air."""
    hints = Hints()
    assert await slept(hints, "a", 5, (20, lambda: hints.notice("b"))) == 100
    assert await slept(hints, None, 0, (20, lambda: hints.notice("b"))) == 100


async def test_a_notice_brings_no_question_nearer_to_the_last_one_than_the_floor() -> None:
    """However many notices come, and whoever sends them: one question at the end of the least pause."""
    hints = Hints()
    assert await slept(hints, "a", 5, (1, lambda: hints.notice("a")), (2, lambda: hints.notice("a"))) == 5
    assert await slept(hints, "a", 5) == 100


async def test_a_notice_that_comes_while_a_question_is_asked_is_not_lost() -> None:
    """An answer that was on its way when the task ended is followed by another question soon."""
    hints = Hints()
    hints.notice("a")
    assert await slept(hints, "a", 5) == 5
    assert await slept(hints, "a", 5) == 100


async def test_a_notice_long_after_the_last_question_is_followed_at_once() -> None:
    """Past the floor there is nothing to wait for."""
    hints = Hints()
    assert await slept(hints, "a", 5, (42, lambda: hints.notice("a"))) == 42

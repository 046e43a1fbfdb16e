"""Waiting on a virtual clock: every wait on the outside ends, after the time that is promised."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest
import trio
from trio.testing import MockClock

from orchestrator.errors import UnreachableError
from orchestrator.plan import Kind, ProviderSettings
from orchestrator.ports import Provider, Unclear
from orchestrator.provider import open_provider
from tests.provider.wire import EXTENSION, SIGNED, StandingClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """trio, whose clock jumps as soon as everybody waits."""
    return "trio", {"clock": MockClock(autojump_threshold=0)}


async def never(scope: Any, receive: Any, send: Any) -> None:
    """An application that does not answer."""
    await anyio.sleep_forever()


def opened() -> Any:
    transport = httpx.ASGITransport(never)
    environ = {"DMXAPI_API_KEY": "sk-virtual-time"}
    return open_provider(
        ProviderSettings(), base_url=None, environ=environ, clock=StandingClock(), transport=transport
    )


async def test_a_submission_waits_a_minute_for_its_answer() -> None:
    """The patience for answers is counted on the loop's clock, whatever that is."""
    async with opened() as client:
        began = trio.current_time()
        assert isinstance(await client.submit(EXTENSION, 130.0), Unclear)
    assert trio.current_time() - began == 60


async def asking(client: Provider) -> None:
    await client.look_up(Kind.EXTEND, "t")


async def fetching(client: Provider) -> None:
    async with client.fetch(SIGNED):
        raise AssertionError("no file came")


@pytest.mark.parametrize(("wait", "seconds"), [(asking, 30), (fetching, 60)])
async def test_questions_and_files_are_given_up(wait: Any, seconds: int) -> None:
    """No host that keeps silent keeps a chain waiting for ever."""
    async with opened() as client:
        began = trio.current_time()
        with pytest.raises(UnreachableError):
            await wait(client)
    assert trio.current_time() - began == seconds

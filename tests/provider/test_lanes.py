"""Lanes: one connection each, the one used last first, never more than were allowed."""

from __future__ import annotations

import anyio
import httpx
import pytest

from orchestrator.provider.lanes import Lanes
from tests.provider.wire import Network

pytestmark = pytest.mark.anyio


async def nothing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


class Shop:
    """Opens clients, and remembers which."""

    def __init__(self) -> None:
        self.opened: list[httpx.AsyncClient] = []

    def client(self) -> httpx.AsyncClient:
        self.opened.append(httpx.AsyncClient(transport=Network(nothing)))
        return self.opened[-1]


async def test_one_after_the_other_share_a_lane() -> None:
    """A host that is asked seldom sees one connection, which stays warm."""
    shop = Shop()
    async with Lanes(shop.client, 5) as lanes:
        for _ in range(3):
            async with lanes.lane() as client:
                assert client is shop.opened[0]
    assert len(shop.opened) == 1


async def test_never_more_than_allowed() -> None:
    """Who comes when all lanes are taken waits for one; all are closed at the end."""
    shop, inside, most = Shop(), 0, 0

    async def ask() -> None:
        nonlocal inside, most
        async with lanes.lane():
            inside += 1
            most = max(most, inside)
            await anyio.sleep(0.01)
            inside -= 1

    async with Lanes(shop.client, 2) as lanes, anyio.create_task_group() as tasks:
        for _ in range(7):
            tasks.start_soon(ask)
    assert (most, len(shop.opened)) == (2, 2)
    assert all(each.is_closed for each in shop.opened)


async def test_a_lane_whose_user_gave_up_is_used_again() -> None:
    """A question that was broken off takes no lane with it."""
    shop = Shop()
    async with Lanes(shop.client, 1) as lanes:
        with anyio.move_on_after(0):
            async with lanes.lane():
                await anyio.sleep(10)
        with anyio.fail_after(60):
            async with lanes.lane() as client:
                assert client is shop.opened[0]

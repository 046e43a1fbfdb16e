"""Sandboxes for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from orchestrator.sandbox import Ready, SandboxOptions, in_memory, read_faults

from .bench import Bench, Clock, child_process


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Makes benches: options of the sandbox by name, and `faults` as plain values."""

    def make(*, faults: list[Any] | None = None, **options: Any) -> Bench:
        clock = Clock()
        chosen = SandboxOptions(**options)
        sandbox = in_memory(chosen, clock, faults=read_faults(faults or []))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=sandbox.app),
            base_url="http://api.sandbox.test",
            headers={"Authorization": "Bearer sk-test"},
        )
        return Bench(clock, sandbox, client, "" if chosen.native else "/kling")

    return make


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """A real gateway on loopback, a thousand times as fast as life."""
    with child_process(SandboxOptions(state=tmp_path_factory.mktemp("world"), speed=1000)) as (ready, _):
        yield ready


@pytest.fixture(scope="module")
def native_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """A real imitation of the vendor's own host, with a key pair."""
    options = SandboxOptions(
        state=tmp_path_factory.mktemp("native"), speed=1000, native=True, access_key="ak", secret_key="sk"
    )
    with child_process(options) as (ready, _):
        yield ready

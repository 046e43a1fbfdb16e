"""What every folder of tests may use."""

from __future__ import annotations

import pytest

pytest_plugins = ("tests.postgres",)


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, because that is what people run; folders that need more say so themselves."""
    return "asyncio"

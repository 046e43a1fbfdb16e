"""What every folder of tests may use."""

from __future__ import annotations

import hypothesis  # noqa: F401 - its plugin imports it at the end else, when trio's part fails
import pytest

pytest_plugins = ("tests.postgres",)


@pytest.fixture
def anyio_backend() -> str:
    """asyncio, because that is what people run; folders that need more say so themselves."""
    return "asyncio"

"""What tests of texts may use: a place on earth whose local time is not UTC."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is eight hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()

"""A file on its way from its host, whole or from where an earlier download broke off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """The first `size` of the `total` bytes of a file; `tag` is what its host calls just this content."""

    size: int
    total: int
    tag: str


@dataclass(frozen=True, slots=True)
class Download:
    """The bytes of a file from `start` on, as they come.

    `total` and `tag` are None where its host does not tell them; without both, what has come cannot be
    gone on from.
    """

    chunks: AsyncIterator[bytes]
    start: int = 0
    total: int | None = None
    tag: str | None = None


Opening = Callable[[Part | None], AbstractAsyncContextManager[Download]]
"""Begins a download; given a part that is here already, after it where the host still has that content."""
